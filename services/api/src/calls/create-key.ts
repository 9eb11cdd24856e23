import { createHash } from 'node:crypto';
import { type Call, type CreateKey, FENCES_TTL_MS, mintSid } from '@trunkline/contracts';
import { BadParameterError, CreateKeyError, TryAgainError } from '../errors.js';
import type { OperationRequest } from '../operation.js';
import type { CallPorts } from '../ports.js';
import type { CallRequest } from './create-parameters.js';
import { findCall } from './get-call.js';

/** The headers that make a repeated POST the same call, and what they are, for the document. */
export const CREATE_KEY_HEADERS = {
  'Idempotency-Key':
    'Makes a repeated request the same call: 1 to 255 printable ASCII characters, kept for 24 hours.',
  'I-Twilio-Idempotency-Token': 'As Idempotency-Key, which wins.',
};

const KEY = /^[\x20-\x7e]{1,255}$/;

/** The key that a request was given, or null. @throws BadParameterError when it cannot be one */
export function readCreateKey({ header }: Pick<OperationRequest<unknown, unknown>, 'header'>): string | null {
  for (const name of Object.keys(CREATE_KEY_HEADERS)) {
    const value = header(name);
    if (value === null) continue;
    if (!KEY.test(value)) throw new BadParameterError(name, 'must be 1 to 255 printable ASCII characters');
    return value;
  }
  return null;
}

/** What a key stands for: a call that there is, or one that is to be made under this Sid. */
export type Claimed = { call: Call } | { call: null; claim: CreateKey; isNew: boolean };

/**
 * Claims a key for a call that is yet to be made, or finds what an earlier request with it claimed. Should that request
 * have died before its call was accepted, its call is to be made now, under the same Sid: the stream takes its first
 * event once, and its fence lets it be dialed once, however many requests make it at a time.
 * @throws CreateKeyError when the key stands for something else, TryAgainError while that is not known
 */
export async function claimCreateKey(
  ports: CallPorts,
  { accountSid, key, request }: { accountSid: string; key: string; request: CallRequest },
): Promise<Claimed> {
  const wanted = newClaim(ports, hashOf(request));
  const claimed = await ports.bus.createKeys.claim(`${accountSid}:${key}`, wanted);
  if (claimed.won) return { call: null, claim: wanted, isNew: true };
  const { held } = claimed;
  if (held.bodyHash !== wanted.bodyHash) {
    throw new CreateKeyError('The Idempotency-Key was used before, with other parameters');
  }
  const { record, isTaken } = await findCall(ports, accountSid, held.callSid);
  if (record !== null && record.call.dateDeleted !== null) {
    throw new CreateKeyError('The Idempotency-Key stands for a call whose record was deleted');
  }
  if (record !== null) return { call: record.call };
  if (isTaken) throw new TryAgainError('The call is just being recorded: try again', RETRY_SECONDS);
  refuseStale(held, ports.now());
  return { call: null, claim: held, isNew: false };
}

/** A call without a key has no less. */
export function newClaim({ now }: Pick<CallPorts, 'now'>, bodyHash = ''): CreateKey {
  return { callSid: mintSid('CA'), bodyHash, at: now().toISOString() };
}

const RETRY_SECONDS = 1;
/**
 * Its call is as old as its key, so that a dialer would let a later one expire without a ring: after an hour, unless
 * JOB_MAX_AGE says otherwise. Until then, and long after, a fence that was taken is surely still there.
 */
const MAX_RESUME_AGE_MS = Math.min(50 * 60_000, FENCES_TTL_MS / 2);

function refuseStale({ at }: CreateKey, now: Date): void {
  if (now.getTime() - Date.parse(at) <= MAX_RESUME_AGE_MS) return;
  throw new CreateKeyError(
    'The first request with this Idempotency-Key made no call, and is too long ago to be gone on with: use a new key',
  );
}

/**
 * Of the parameters as they were understood. Without what was not asked for, so that a version that knows more parameters
 * says the same of those that it knew before; and without the password, which nobody shall be able to guess by it.
 */
function hashOf({ sipAuth, instructions, ...request }: CallRequest): string {
  const { callee, sipHeaders, ...known } = instructions;
  const asked = {
    ...request,
    instructions: {
      ...known,
      callee: callee === 'any' ? null : callee,
      sipHeaders: Object.keys(sipHeaders).length === 0 ? null : sipHeaders,
    },
    username: sipAuth?.username,
  };
  const text = JSON.stringify(asked, (_name, value) => value ?? undefined);
  return createHash('sha256').update(text).digest('hex');
}
