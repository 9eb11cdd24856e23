import { CALLBACK_EVENTS, type Call, type CallbackEvent } from '@trunkline/contracts';
import { BadParameterError } from '../errors.js';
import { Parameters } from '../parameters.js';

/** What a new call is asked to be. */
export type CallRequest = Pick<Call, 'from' | 'to' | 'instructions' | 'statusCallback'>;

/** The longest number or name, in characters. */
export const MAX_ADDRESS_LENGTH = 128;
export const MAX_TIMEOUT_SECONDS = 600;
const DEFAULT_TIMEOUT_SECONDS = 60;

const KNOWN = {
  names: [
    'From',
    'To',
    'Url',
    'Method',
    'FallbackUrl',
    'FallbackMethod',
    'StatusCallback',
    'StatusCallbackMethod',
    'StatusCallbackEvent',
    'Timeout',
  ],
  repeatable: ['StatusCallbackEvent'],
};

/** Reads the form that makes a call. @throws BadParameterError */
export function readCallRequest(form: URLSearchParams): CallRequest {
  const parameters = new Parameters(form, KNOWN);
  const from = readAddress(parameters, 'From');
  const to = readAddress(parameters, 'To');
  const url = required('Url', parameters.url('Url'));
  return {
    from,
    to,
    instructions: {
      url,
      method: parameters.method('Method'),
      fallbackUrl: parameters.url('FallbackUrl'),
      fallbackMethod: parameters.method('FallbackMethod'),
      ringTimeoutSeconds: parameters.integer('Timeout', {
        min: 1,
        max: MAX_TIMEOUT_SECONDS,
        absent: DEFAULT_TIMEOUT_SECONDS,
      }),
    },
    statusCallback: readStatusCallback(parameters),
  };
}

function readAddress(parameters: Parameters, name: 'From' | 'To'): string {
  const value = required(name, parameters.address(name));
  if (value.length > MAX_ADDRESS_LENGTH) {
    throw new BadParameterError(name, `is longer than ${MAX_ADDRESS_LENGTH} characters`);
  }
  if (/^(sips?|tel|client):/i.test(value) || value.includes('@')) {
    throw new BadParameterError(name, 'must be a number or a name: SIP and other URIs are not supported yet');
  }
  if (UNFIT.test(value)) {
    throw new BadParameterError(
      name,
      'must be a number or a name, without blanks or any of : ; ? < > " , \\',
    );
  }
  return value;
}

/** What would not be part of a name but of the URI around it (RFC 3261 §19.1.1), or needs quoting in a header. */
const UNFIT = /[\s:;?<>",\\]/;

function required(name: string, value: string | null): string {
  if (value === null) throw new BadParameterError(name, 'is required');
  return value;
}

/** Everything is checked even when there is no StatusCallback: a wrong value is a mistake in any case. */
function readStatusCallback(parameters: Parameters): Call['statusCallback'] {
  const url = parameters.url('StatusCallback');
  const method = parameters.method('StatusCallbackMethod');
  const events = readEvents(parameters.texts('StatusCallbackEvent'));
  return url === null ? null : { url, method, events, dueCount: 0 };
}

/** Clients write several events as repeated parameters, with blanks between, or with commas between. */
function readEvents(values: string[]): CallbackEvent[] {
  const asked = values.flatMap((value) => value.toLowerCase().split(/[\s,]+/)).filter((name) => name !== '');
  const unknown = asked.find((name) => !CALLBACK_EVENTS.some((event) => event === name));
  const isEmptyList = asked.length === 0 && values.some((value) => value.trim() !== '');
  if (unknown !== undefined || isEmptyList) {
    throw new BadParameterError('StatusCallbackEvent', `must be of ${CALLBACK_EVENTS.join(', ')}`);
  }
  return asked.length === 0 ? ['completed'] : CALLBACK_EVENTS.filter((event) => asked.includes(event));
}
