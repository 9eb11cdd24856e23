import { ErrorCode, NatsError } from 'nats';
import { BusRefusedError, BusUnavailableError, MalformedMessageError } from './errors.js';

/** JetStream's own error codes that mean something here (nats-server `server/errors.json`). */
export const JS_ERROR = {
  accountResources: 10002,
  resources: 10023,
  storageResources: 10047,
  consumerExists: 10148,
  consumerNameTaken: 10013,
  consumerNotFound: 10014,
  messageNotFound: 10037,
  messageDeleteFailed: 10057,
  sequenceNotFound: 10043,
  streamNameTaken: 10058,
  streamNotFound: 10059,
  subjectsOverlap: 10065,
  wrongLastSequence: 10071,
} as const;

/** JetStream's code for why it refused, or null when the error is no refusal. */
export function jsErrorCode(error: unknown): number | null {
  return error instanceof NatsError ? (error.api_error?.err_code ?? null) : null;
}

/** What a failure of the client means to our callers. */
export function toBusError(what: string, error: unknown): Error {
  if (isOurs(error)) return error;
  const options = { cause: error };
  if (!(error instanceof NatsError)) return new BusRefusedError(`${what}: ${describe(error)}`, options);
  if (error.api_error) {
    const message = `${what}: ${error.api_error.description}`;
    return REQUEST_FAULTS.has(error.api_error.err_code ?? 0)
      ? new BusRefusedError(message, options)
      : new BusUnavailableError(message, options);
  }
  if (REFUSALS.has(error.code)) return new BusRefusedError(`${what}: ${error.message}`, options);
  if (error.code === ErrorCode.NoResponders) {
    return new BusUnavailableError(`${what}: JetStream does not answer`, options);
  }
  return new BusUnavailableError(`${what}: ${error.message}`, { ...options, outcomeUnknown: true });
}

/**
 * Where the request itself is at fault, and would be refused again: malformed, a setting that cannot be, too large. All
 * else passes, whatever its HTTP-like code says: `resource limits exceeded for account` (10002) is a 400 too, and a
 * stream that is not found is about to be made anew.
 */
const REQUEST_FAULTS = new Set<number>([
  10003, // bad request
  10012, // consumer configuration
  10025, // invalid JSON
  10052, // stream configuration
  10054, // message too large
  10058, // stream name in use with other settings
  JS_ERROR.subjectsOverlap, // with another stream's
]);

const REFUSALS = new Set<string>([
  ErrorCode.MaxPayloadExceeded,
  ErrorCode.BadPayload,
  ErrorCode.BadSubject,
  ErrorCode.InvalidOption,
]);

function isOurs(error: unknown): error is Error {
  return (
    error instanceof BusUnavailableError ||
    error instanceof BusRefusedError ||
    error instanceof MalformedMessageError
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
