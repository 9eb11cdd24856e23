import { BusRefusedError, BusUnavailableError } from '@trunkline/bus';
import { type Call, type CallEvent, newCall, openCall, recordOf } from '@trunkline/contracts';
import { TryAgainError } from '../errors.js';
import type { CallPorts } from '../ports.js';
import { type CallRequest, readCallRequest } from './call-parameters.js';

/**
 * Accepts a call: it is accepted once the stream has acknowledged its `queued` event, which is when this resolves. It
 * does not wait for the phone.
 * @throws BadParameterError, TryAgainError when it could not be accepted just now, or BusRefusedError when it never can be;
 * nothing is enqueued then
 */
export async function createCall(ports: CallPorts, accountSid: string, form: URLSearchParams): Promise<Call> {
  const request = readCallRequest(form);
  const event = openCall(callOf(request, accountSid, ports.now()), ports.source);
  await accept(ports, event);
  ports.recent.remember(recordOf(event));
  ports.onAccepted();
  await enqueue(ports, event);
  return event.data;
}

const RETRY_SECONDS = 2;

function callOf(request: CallRequest, accountSid: string, now: Date): Call {
  const { to, from, instructions, statusCallback } = request;
  return newCall({
    accountSid,
    to,
    from,
    direction: 'outbound-api',
    apiVersion: '2012-04-24',
    dateCreated: now.toISOString(),
    instructions,
    statusCallback,
  });
}

/** Without an acknowledgement the event may have arrived all the same; then the call must not ring: the client will ask again. */
async function accept({ bus, withdraw }: CallPorts, event: CallEvent): Promise<void> {
  const mayArrive = bus.isConnected();
  try {
    if (!mayArrive) throw new BusUnavailableError('not connected');
    await bus.publish(event);
  } catch (cause) {
    if (cause instanceof BusRefusedError) throw cause;
    if (mayArrive && mayHaveArrived(cause)) withdraw(recordOf(event));
    throw new TryAgainError('The call was not accepted: try again', RETRY_SECONDS, { cause });
  }
}

function mayHaveArrived(cause: unknown): boolean {
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
