import { deleteEvent, isFinalStatus, recordOf } from '@trunkline/contracts';
import { CallNotOverError, TryAgainError } from '../errors.js';
import type { CallPorts } from '../ports.js';
import { removeJob } from './conclude-call.js';
import { getCall } from './get-call.js';

/**
 * Deletes the record of a call that is over. It is done once the stream has acknowledged it; doing it again does no
 * harm: the event is the same.
 * @throws NotFoundError, CallNotOverError, or TryAgainError
 */
export async function deleteCall(ports: CallPorts, accountSid: string, callSid: string): Promise<void> {
  const record = await getCall(ports, accountSid, callSid);
  const { status } = record.call;
  if (!isFinalStatus(status)) {
    throw new CallNotOverError(
      `The call is ${status}: only the record of a call that is over can be deleted`,
    );
  }
  const event = deleteEvent(record, ports.now(), ports.source);
  try {
    await ports.bus.publish(event);
  } catch (cause) {
    const message = 'The record could not be deleted just now: try again';
    throw new TryAgainError(message, RETRY_SECONDS, { cause });
  }
  ports.recent.remember(recordOf(event));
  // The queue keeps a job that is done until the next one is, which may take for ever.
  removeJob(ports, event.subject);
}

const RETRY_SECONDS = 2;
