import { BusRefusedError, BusUnavailableError } from '@trunkline/bus';
import { type Call, type CallEvent, type CreateKey, newCall, openCall, recordOf } from '@trunkline/contracts';
import type { KnownAccount } from '../accounts/account-book.js';
import { TooManyRequestsError, TryAgainError } from '../errors.js';
import type { CallPorts } from '../ports.js';
import type { Door } from '../represent/door.js';
import { claimCreateKey, newClaim } from './create-key.js';
import type { CallRequest } from './create-parameters.js';

/** A call that somebody wants. */
export interface CallOrder {
  account: KnownAccount;
  /** Who asks: the account, or one above it. */
  caller: KnownAccount;
  request: CallRequest;
  apiVersion: Door['version'];
  /** The Idempotency-Key: with it, the order is the same however often it comes. */
  key: string | null;
}

/**
 * Accepts a call: it is accepted once the stream has acknowledged its `queued` event, which is when this resolves. It
 * does not wait for the phone. A repeated order gives the call of the first as it is now.
 * @throws CreateKeyError, TooManyRequestsError when it or one above it has as many calls as it may have, TryAgainError when it
 * could not be accepted just now, or BusRefusedError when it never can be; nothing is enqueued then
 */
export async function createCall(
  ports: CallPorts,
  order: CallOrder,
): Promise<{ call: Call; isReplay: boolean }> {
  const { account, request, key } = order;
  if (key === null) return { call: await place(ports, order, newClaim(ports)), isReplay: false };
  const claimed = await claimCreateKey(ports, { accountSid: account.sid, key, request });
  if (claimed.call !== null) return { call: claimed.call, isReplay: true };
  return { call: await place(ports, order, claimed.claim), isReplay: !claimed.isNew };
}

const RETRY_SECONDS = 2;
/** For an account whose calls are all in use: one may end any moment. */
const BUSY_SECONDS = 5;

async function place(ports: CallPorts, order: CallOrder, claim: CreateKey): Promise<Call> {
  await takePlace(ports, order, claim.callSid);
  const event = openCall(callOf(ports, order, claim), ports.source);
  await accept(ports, order, event);
  ports.limits.keepCall(order.account, claim.callSid);
  ports.recent.remember(recordOf(event));
  ports.onAccepted();
  await enqueue(ports, event);
  return event.data;
}

async function takePlace({ limits }: CallPorts, order: CallOrder, callSid: string): Promise<void> {
  const taken = await limits.takeCall(order, callSid);
  if (!taken.allowed) throw new TooManyRequestsError(taken.complaint, BUSY_SECONDS);
}

function callOf({ sealer }: CallPorts, { account, request, apiVersion }: CallOrder, claim: CreateKey): Call {
  const { sipAuth, instructions, ...known } = request;
  const { callSid: sid, at: dateCreated } = claim;
  const sealed = sipAuth && {
    username: sipAuth.username,
    passwordSealed: sealer.seal(sipAuth.password, sid).toString('base64'),
  };
  const call = newCall({
    ...known,
    accountSid: account.sid,
    direction: 'outbound-api',
    apiVersion,
    dateCreated,
    instructions: { ...instructions, sipAuth: sealed },
  });
  return { ...call, sid };
}

/**
 * Without an acknowledgement the event may have arrived all the same. Then the call must not ring, since the client will
 * ask again; unless it asks with the same key, and so for this very call.
 */
async function accept(ports: CallPorts, { account, key }: CallOrder, event: CallEvent): Promise<void> {
  const { bus, withdraw, limits } = ports;
  const hasKey = key !== null;
  const mayArrive = bus.isConnected();
  try {
    if (!mayArrive) throw new BusUnavailableError('not connected');
    await bus.publish(event);
  } catch (cause) {
    const isUnknown = mayArrive && mayHaveArrived(cause);
    if (!isUnknown) limits.releaseCall(account, event.subject);
    if (cause instanceof BusRefusedError) throw cause;
    if (isUnknown && !hasKey) withdraw(recordOf(event));
    throw new TryAgainError(complaintOf(isUnknown, hasKey), RETRY_SECONDS, { cause });
  }
}

function complaintOf(isUnknown: boolean, hasKey: boolean): string {
  if (!hasKey) return 'The call was not accepted: try again';
  return isUnknown
    ? 'Whether the call was accepted is not known: ask again with the same Idempotency-Key'
    : 'The call was not accepted: try again with the same Idempotency-Key';
}

function mayHaveArrived(cause: unknown): boolean {
  if (cause instanceof BusRefusedError) return false;
  return cause instanceof BusUnavailableError ? cause.outcomeUnknown : true;
}

/** The call is accepted already: when the queue is away, the reconciler adds the job later. */
async function enqueue({ jobs, log }: CallPorts, event: CallEvent): Promise<void> {
  try {
    await jobs.add(recordOf(event));
  } catch (err) {
    log.warn({ err, callSid: event.subject }, 'the queue did not take the call: left to the reconciler');
  }
}
