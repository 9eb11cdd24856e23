import { callSidAt, type Store } from '@trunkline/store';

export interface LogSweepOptions {
  log: Pick<Store, 'deleteCallEventsBefore' | 'eraseLateCallEvents'>;
  /** How long a call's history is kept; null for ever. */
  retentionDays: number | null;
  /** ms since the epoch */
  now: () => number;
}

/** What a sweep deleted, in entries. */
export interface SweptLog {
  /** Of calls that are older than history is kept. */
  expired: number;
  /** Of calls whose record was deleted while something was being written of them. */
  erased: number;
}

const DAY_MS = 86_400_000;
/** A statement of so many holds its locks for some milliseconds. */
const BATCH = 2_000;
/** So many a sweep: the next one goes on. */
const MAX_BATCHES = 500;

/** Deletes what must not be kept any longer, a little at a time. */
export function createLogSweep({ log, retentionDays, now }: LogSweepOptions) {
  async function expire(signal: AbortSignal): Promise<number> {
    if (retentionDays === null) return 0;
    const bound = callSidAt(new Date(now() - retentionDays * DAY_MS));
    let expired = 0;
    for (let batch = 0; batch < MAX_BATCHES && !signal.aborted; batch += 1) {
      const count = await log.deleteCallEventsBefore(bound, BATCH);
      expired += count;
      if (count < BATCH) break;
    }
    return expired;
  }

  return async (signal: AbortSignal): Promise<SweptLog> => {
    const erased = await log.eraseLateCallEvents(new Date(now() - DAY_MS));
    return { expired: await expire(signal), erased };
  };
}
