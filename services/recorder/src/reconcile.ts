import type { CallRecord, DialCall } from '@trunkline/contracts';

/** Calls that history knows as queued: the store, seen from here. */
export interface QueuedCalls {
  listQueuedCalls(request: {
    updatedBefore: Date;
    /** The same for calls whose INVITE has left. */
    dialedBefore: Date;
    afterSid: string | null;
    limit: number;
  }): Promise<CallRecord[]>;
}

/** The to-do list. Adding a call that is in it already only brings what the reconciler says of it up to date. */
export interface ToDoList {
  add(job: DialCall): Promise<void>;
}

/** The place of the stream's last event, and up to which place history has taken in all. */
export interface Progress {
  last: number;
  handled: number;
}

export interface ReconcileOptions {
  history: QueuedCalls;
  queue: ToDoList;
  progress: () => Promise<Progress>;
  now: () => number;
  /** How long a call may be queued before its job is looked for. */
  afterMs: number;
}

/** A sweep. @returns how many calls were looked after, or null when history lags behind */
export type Sweep = (signal: AbortSignal) => Promise<number | null>;

/** A page of the sweep, and how many jobs are added at a time. */
const PAGE_SIZE = 500;
/** The next sweep goes on where this one stopped, so that a long backlog does not keep Redis and Postgres busy. */
const MAX_PER_SWEEP = 5_000;
/** The longest that a phone rings, 600 s, and what SIP may take to end the call after it: such a call is being dialed. */
const DIALING_MS = 690_000;

/** A moment up to which all that was published had a place of at most `last` in the stream. */
interface Mark {
  last: number;
  atMs: number;
}

/**
 * Makes the sweep that gives every call which has been queued for long a job again: Redis is a to-do list that can be
 * rebuilt. The fence stops a second dial of those that had one.
 *
 * History may call queued what is long over, while it lags. It never quite catches up while calls come in; so what is
 * asked is not whether it has, but whether it has by now taken in all that was published up to a moment before: this
 * sweep's beginning, or that of an earlier one. What it calls queued was queued then, and the job says so.
 */
export function createReconcile(options: ReconcileOptions): Sweep {
  let mark: Mark | null = null;
  let afterSid: string | null = null;
  return async (signal) => {
    const atMs = options.now();
    const { last, handled } = await options.progress();
    // A stream that was made anew counts from the beginning.
    if (mark === null || mark.last > last) mark = { last, atMs };
    if (handled < mark.last) return null;
    const known: Mark = handled >= last ? { last, atMs } : mark;
    mark = { last, atMs };
    const swept = await sweepFrom(afterSid, { ...options, knownAtMs: known.atMs, signal });
    afterSid = swept.afterSid;
    return swept.count;
  };
}

interface SweepOptions extends ReconcileOptions {
  /** History holds all that was published before. */
  knownAtMs: number;
  signal: AbortSignal;
}

/** From one Sid on, to the end or as far as one sweep goes. */
async function sweepFrom(
  from: string | null,
  options: SweepOptions,
): Promise<{ count: number; afterSid: string | null }> {
  const { history, queue, knownAtMs, afterMs, signal } = options;
  const updatedBefore = new Date(Math.min(options.now() - afterMs, knownAtMs));
  const dialedBefore = new Date(knownAtMs - DIALING_MS);
  const reconciledAt = new Date(knownAtMs).toISOString();
  let afterSid = from;
  let count = 0;
  while (!signal.aborted && count < MAX_PER_SWEEP) {
    const page = await history.listQueuedCalls({ updatedBefore, dialedBefore, afterSid, limit: PAGE_SIZE });
    await Promise.all(page.map((record) => queue.add({ ...record, reconciledAt })));
    count += page.length;
    afterSid = page.at(-1)?.call.sid ?? null;
    if (page.length < PAGE_SIZE) return { count, afterSid: null };
  }
  return { count, afterSid };
}
