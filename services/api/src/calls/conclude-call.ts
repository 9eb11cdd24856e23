import { advanceCall, type CallEvent, type CallRecord, recordOf } from '@trunkline/contracts';
import type { CallPorts } from '../ports.js';

/** Makes the event that ends a call which never left the queue. Its fence must be held. */
export function cancelEvent(
  { now, source }: Pick<CallPorts, 'now' | 'source'>,
  record: CallRecord,
): CallEvent {
  const changes = { endReason: 'cancel-requested', hangupSide: 'local' } as const;
  return advanceCall(record, 'canceled', changes, now(), source);
}

/**
 * Publishes the end of a call whose fence this process holds, and takes its job away. It is decided already: when the
 * bus does not answer, the outbox goes on trying.
 * @throws what the bus throws; the end is published nevertheless, later
 */
export async function concludeCall(ports: CallPorts, event: CallEvent): Promise<void> {
  const { bus, outbox, recent, jobs, log } = ports;
  try {
    await bus.publish(event);
  } catch (error) {
    outbox.publish(event);
    throw error;
  } finally {
    recent.remember(recordOf(event));
  }
  jobs
    .remove(event.subject)
    .catch((err) => log.warn({ err, callSid: event.subject }, 'the job of an ended call stays in the queue'));
}
