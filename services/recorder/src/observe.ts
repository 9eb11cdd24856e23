import type { Logger, Metrics } from '@trunkline/runtime';
import type { PreparedPartitions, WrittenCalls } from '@trunkline/store';
import type { RefusedEntry } from './record-log.js';
import type { SweptLog } from './sweep-log.js';

/** What the recorder tells about itself: metrics and log lines, and no call's data beyond its Sid. */
export interface Observer {
  onLag(seconds: number): void;
  onRejected(rejected: WrittenCalls['rejected'][number]): void;
  onPoison(raw: string, error: Error): void;
  onRefused(refused: RefusedEntry): void;
  onPoisonNote(raw: string, error: Error): void;
  onSwept(count: number | null): void;
  onLogSwept(swept: SweptLog): void;
  onPrepared(prepared: PreparedPartitions): void;
  onError(error: unknown): void;
}

/** Seconds: from an event that is written at once to a history that is an hour behind. */
const LAG_BUCKETS = [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600];

export function createObserver(metrics: Metrics, log: Logger): Observer {
  const lag = metrics.histogram('event_row_lag_seconds', 'From an event to its committed row', LAG_BUCKETS);
  const refused = metrics.counter('events_refused_total', 'Events that can never be written', ['why']);
  const refusedEntries = metrics.counter(
    'log_entries_refused_total',
    'Lines of calls’ histories that can never be written',
    ['why'],
  );
  const readded = metrics.counter(
    'calls_reconciled_total',
    'Queued calls whose job was put back or found in place',
  );
  return {
    onLag: (seconds) => lag.observe(seconds),
    onRejected({ callSid, sequence, error }) {
      refused.inc({ why: 'postgres' });
      log.error({ callSid, sequence, err: error }, 'history refused a record, and goes on without it');
    },
    onPoison(raw, error) {
      refused.inc({ why: 'malformed' });
      log.error(
        { err: error, sizeBytes: Buffer.byteLength(raw) },
        'a message of the stream is no call event',
      );
    },
    onRefused({ callSid, id, why, error }) {
      refusedEntries.inc({ why });
      log.error({ callSid, id, err: error }, 'the history of a call goes on without a line');
    },
    onPoisonNote(raw, error) {
      refusedEntries.inc({ why: 'malformed' });
      log.error({ err: error, sizeBytes: Buffer.byteLength(raw) }, 'a message of the stream is no note');
    },
    onSwept(count) {
      if (count === null)
        return log.debug('history is behind the stream: queued calls are looked after later');
      if (count > 0) log.info({ calls: count }, 'looked after calls that have been queued for long');
      readded.inc({}, count);
    },
    onLogSwept({ expired, erased }) {
      if (expired > 0 || erased > 0) log.info({ expired, erased }, 'deleted old lines of calls’ histories');
    },
    onPrepared({ created, dropped }) {
      if (created.length + dropped.length > 0) log.info({ created, dropped }, 'partitions of calls');
    },
    onError: (error) => log.warn({ err: error }, 'something failed, and is tried again'),
  };
}
