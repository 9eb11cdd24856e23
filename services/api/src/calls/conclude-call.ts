import { type CallEvent, type CallRecord, cancelEvent, recordOf } from '@trunkline/contracts';
import type { CallPorts } from '../ports.js';

/** The end of a call that never left the queue, whose fence this process holds. It costs what such calls cost. */
export function endInQueue(
  { now, source, chargeFor }: Pick<CallPorts, 'now' | 'source' | 'chargeFor'>,
  record: CallRecord,
): CallEvent {
  return cancelEvent(record, now(), source, chargeFor({ ...record.call, status: 'canceled' }));
}

/**
 * Publishes the end of a call whose fence this process holds, and takes its job away. It is decided already: when the
 * bus does not answer, the outbox goes on trying.
 * @throws what the bus throws; the end is published nevertheless, later
 */
export async function concludeCall(ports: CallPorts, event: CallEvent): Promise<void> {
  const { bus, outbox, recent } = ports;
  try {
    await bus.publish(event);
  } catch (error) {
    outbox.publish(event);
    throw error;
  } finally {
    recent.remember(recordOf(event));
  }
  removeJob(ports, event.subject);
}

/** The same for an end that nobody waits for. */
export function concludeLater(
  ports: Pick<CallPorts, 'outbox' | 'recent' | 'jobs' | 'log'>,
  event: CallEvent,
): void {
  ports.outbox.publish(event);
  ports.recent.remember(recordOf(event));
  removeJob(ports, event.subject);
}

/** Takes the job of a call that is over away: its fence would stop it anyway, but it says who calls whom. */
export function removeJob({ jobs, log }: Pick<CallPorts, 'jobs' | 'log'>, callSid: string): void {
  jobs
    .remove(callSid)
    .catch((err) => log.warn({ err, callSid }, 'the job of an ended call stays in the queue'));
}
