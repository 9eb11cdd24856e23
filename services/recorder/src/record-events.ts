import { type CallEvent, recordOf } from '@trunkline/contracts';
import type { WrittenCalls } from '@trunkline/store';

/** Where history is written: the store, seen from here. */
export interface History {
  writeCalls(records: ReturnType<typeof recordOf>[]): Promise<WrittenCalls>;
}

export interface EventRecorderOptions {
  history: History;
  /** ms since the epoch */
  now: () => number;
  /** Each event's way from the clock of who published it to the committed row. */
  onLag: (seconds: number) => void;
  /** Records that Postgres will never take, and why. */
  onRejected: (rejected: WrittenCalls['rejected'][number]) => void;
}

export interface EventRecorder {
  /**
   * Resolves once the rows are committed, so that acknowledging after it loses nothing. Any replay, order or duplicate
   * ends in the same rows (see writeCalls of the store). Rejects while Postgres is away: the events come again.
   */
  record(events: CallEvent[]): Promise<void>;
  /** What kept the last batch from being written, or null. */
  trouble(): string | null;
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { history, now, onLag, onRejected } = options;
  let trouble: string | null = null;

  async function write(events: CallEvent[]): Promise<WrittenCalls> {
    try {
      const written = await history.writeCalls(events.map(recordOf));
      trouble = null;
      return written;
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  return {
    async record(events) {
      const { rejected } = await write(events);
      const committedAt = now();
      for (const event of events) onLag(Math.max(0, committedAt - Date.parse(event.time)) / 1000);
      for (const one of rejected) onRejected(one);
    },
    trouble: () => trouble,
  };
}
