import { type CallEvent, recordOf } from '@trunkline/contracts';
import type { WrittenCalls } from '@trunkline/store';

/** Where history is written: the store, seen from here. */
export interface History {
  writeCalls(records: ReturnType<typeof recordOf>[]): Promise<WrittenCalls>;
}

export interface RecordEventsOptions {
  history: History;
  now: () => number;
  /** Each event's way from the dialer's clock to the committed row. */
  onLag: (seconds: number) => void;
  /** Records that Postgres will never take, and why. */
  onRejected: (rejected: WrittenCalls['rejected'][number]) => void;
}

/**
 * Creates the handler of a batch of events: it resolves once the rows are committed, so that acknowledging after it
 * loses nothing. Any replay, order or duplicate ends in the same rows (see writeCalls of the store).
 */
export function createEventRecorder(options: RecordEventsOptions): (events: CallEvent[]) => Promise<void> {
  const { history, now, onLag, onRejected } = options;
  return async (events) => {
    const { rejected } = await history.writeCalls(events.map(recordOf));
    const committedAt = now();
    for (const event of events) onLag(Math.max(0, committedAt - Date.parse(event.time)) / 1000);
    for (const one of rejected) onRejected(one);
  };
}
