import type { CallRecord } from '@trunkline/contracts';

/** Calls that history knows as queued: the store, seen from here. */
export interface QueuedCalls {
  listQueuedCalls(request: {
    updatedBefore: Date;
    afterSid: string | null;
    limit: number;
  }): Promise<CallRecord[]>;
}

/** The to-do list. Adding a call that is in it already changes nothing. */
export interface ToDoList {
  add(record: CallRecord): Promise<void>;
}

export interface ReconcileOptions {
  history: QueuedCalls;
  queue: ToDoList;
  /**
   * Events that history has not taken in yet. While there are any it may call queued what is long over, and is not
   * asked.
   */
  pendingEvents: () => Promise<number>;
  now: () => number;
  /** How long a call may be queued before its job is looked for. */
  afterMs: number;
  signal: AbortSignal;
}

/** A page of the sweep, and how many jobs are added at a time. */
const PAGE_SIZE = 500;

/**
 * Gives every call that has been queued for long a job again: Redis is a to-do list that can be rebuilt. The fence
 * stops a second dial of those that had one.
 * @returns how many calls were looked after, or null when history lags behind
 */
export async function reconcile(options: ReconcileOptions): Promise<number | null> {
  if ((await options.pendingEvents()) > 0) return null;
  const updatedBefore = new Date(options.now() - options.afterMs);
  let afterSid: string | null = null;
  let count = 0;
  while (!options.signal.aborted) {
    const request = { updatedBefore, afterSid, limit: PAGE_SIZE };
    const page = await options.history.listQueuedCalls(request);
    await Promise.all(page.map((record) => options.queue.add(record)));
    count += page.length;
    afterSid = page.at(-1)?.call.sid ?? null;
    if (page.length < PAGE_SIZE) break;
  }
  return count;
}
