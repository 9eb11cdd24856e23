import type { Logger, Metrics } from '@trunkline/runtime';
import type { Callback } from './callback.js';
import type { Deliverer, DeliveryObserver } from './deliver-callbacks.js';
import type { OwnerNotes } from './tell-owner.js';

/** Seconds: from one that is sent at once to one that took every attempt. */
const DELAY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120, 900];

/**
 * Logs and counts deliveries, and tells a call's owner of what was given up. A URL's path and query may hold a customer's
 * secrets: the log has only its origin.
 */
export function createDeliveryObserver(
  metrics: Metrics,
  log: Logger,
  owner: Pick<OwnerNotes, 'givenUp'>,
): DeliveryObserver {
  const over = metrics.counter('callbacks_total', 'Callbacks by how they ended.', ['result']);
  const retries = metrics.counter('callback_retries_total', 'Attempts that failed and are made again.');
  const delay = metrics.histogram(
    'callback_delay_seconds',
    'From an event to the 2xx for its callback.',
    DELAY_BUCKETS,
  );
  return {
    onSent(callback, nowMs) {
      over.inc({ result: 'sent' });
      delay.observe(Math.max(0, nowMs - callback.happenedMs) / 1000);
      log.debug(fieldsOf(callback), 'callback sent');
    },
    onRetry(callback, { afterMs, reason }) {
      retries.inc();
      log.info(
        { ...fieldsOf(callback), reason, retryInMs: afterMs },
        'callback failed and will be sent again',
      );
    },
    onGivenUp(callback, why, reason) {
      over.inc({ result: why });
      log.error({ ...fieldsOf(callback), why, reason }, 'callback given up');
      owner.givenUp(callback, reason);
    },
  };
}

function fieldsOf({ callSid, event, sequence, origin, attempts }: Callback): object {
  return { callSid, event, sequence, host: origin, attempts };
}

/** Shows what a deliverer holds. */
export function gaugeDeliveries(metrics: Metrics, counts: Deliverer['counts']): void {
  metrics.gauge('callbacks_held', 'Callbacks in memory.', () => counts().held);
  metrics.gauge('callbacks_sending', 'Requests under way.', () => counts().sending);
  metrics.gauge('callbacks_parked', 'Callbacks given back to the stream for a while.', () => counts().parked);
}

/** A message of the stream that is no event: told once, with its size and not its content. */
export function poisonReporter(metrics: Metrics, log: Logger): (raw: string, error: Error) => void {
  const poison = metrics.counter('events_refused_total', 'Messages of the stream that are no call event.');
  return (raw, error) => {
    poison.inc();
    log.error({ err: error, sizeBytes: Buffer.byteLength(raw) }, 'a message of the stream is no call event');
  };
}
