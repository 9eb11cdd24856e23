import { setTimeout as delay } from 'node:timers/promises';
import { DIAL_QUEUE, type DialCall, dialCallSchema } from '@trunkline/contracts';
import { DelayedError, type Job, WaitingError, Worker } from 'bullmq';
import { DelayJobError, MalformedJobError, PutBackError } from './errors.js';
import { retryDelay } from './job-options.js';
import { keyPrefix, type QueueOptions } from './queue-options.js';
import { isConnectionError, openRedis } from './redis-link.js';

/** A job whose dialer died goes to another after this and the next look for such jobs. */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 10_000;
/** A job that has outlived that many dialers is broken; its call is not lost, see job-options. */
const MAX_STALLED_COUNT = 20;
const RETRY_COMMAND_MS = 1_000;
/** How long a worker that put a job back leaves the place free that the job had: the next job may be the same one. */
const PUT_BACK_PAUSE_MS = 250;
/** How long close waits for Redis to hear that the last jobs are done. */
const CLOSE_TIMEOUT_MS = 3_000;

export interface DialWorkerOptions extends QueueOptions {
  /** Handlers under way at once, at most. */
  concurrency: number;
  /** When it resolves the job is done; when it rejects the job comes again, later each time, but see PutBackError and DelayJobError. */
  handler: (job: DialCall) => Promise<void>;
  /** Told of a job that is no dial order; it is removed. */
  onPoison?: (raw: unknown, error: Error) => void;
  /** Takes nothing until `resume`. */
  startPaused?: boolean;
}

/** Takes jobs. It reconnects for ever. */
export interface DialWorker {
  /** Takes no more jobs; those under way go on. */
  pause(): void;
  resume(): void;
  /** Waits for the handlers under way. */
  close(): Promise<void>;
}

/** Starts to take jobs. A job can come twice: what must happen once is for the handler to see to. */
export function startDialWorker(options: DialWorkerOptions): DialWorker {
  const onError = options.onError ?? (() => {});
  const underWay = new Set<Promise<void>>();
  const closing = new AbortController();
  let paused = options.startPaused ?? false;
  const redis = openRedis(options, { maxRetriesPerRequest: null });
  const process = async (job: Job<DialCall, void>, token?: string) => {
    // The pause came while the worker already waited for its next job: somebody else gets it.
    if (paused) return putBack(job, token);
    const handling = handle(job, options);
    underWay.add(handling);
    try {
      await handling;
    } catch (error) {
      if (error instanceof DelayJobError) return delayJob(job, token, error.delayMs);
      if (!(error instanceof PutBackError)) throw error;
      return putBack(job, token, () => delay(PUT_BACK_PAUSE_MS, undefined, { signal: closing.signal }));
    } finally {
      underWay.delete(handling);
    }
  };
  const worker = new Worker<DialCall, void>(DIAL_QUEUE, process, {
    connection: redis,
    prefix: keyPrefix(options.namespace),
    concurrency: options.concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED_COUNT,
    runRetryDelay: RETRY_COMMAND_MS,
    skipVersionCheck: true,
    autorun: !paused,
    settings: { backoffStrategy: retryDelay },
  });
  reportErrors(worker, onError);
  // One after another: BullMQ's own pause and resume may not overlap.
  let changes = Promise.resolve();
  const change = (next: () => Promise<void>) => {
    changes = changes.then(next).catch(onError);
  };
  return {
    pause: () => {
      paused = true;
      change(() => worker.pause(true));
    },
    resume: () => {
      paused = false;
      change(() => worker.resume());
    },
    close: async () => {
      paused = true;
      closing.abort();
      await changes;
      const closed = worker.close().catch(onError);
      await Promise.allSettled([...underWay]);
      if (!(await isDoneWithin(CLOSE_TIMEOUT_MS, closed)))
        await worker.getBackend().disconnectBlocking(false);
      redis.disconnect();
    },
  };
}

/** To the end of the waiting list that is taken from next. WaitingError tells the library that the job is not ours any more. */
async function putBack(
  job: Job<DialCall, void>,
  token?: string,
  pause?: () => Promise<void>,
): Promise<never> {
  await job.moveToWait(token);
  await pause?.().catch(() => {});
  throw new WaitingError();
}

async function delayJob(
  job: Job<DialCall, void>,
  token: string | undefined,
  delayMs: number,
): Promise<never> {
  await job.moveToDelayed(Date.now() + Math.max(1, Math.ceil(delayMs)), token);
  throw new DelayedError();
}

async function handle(job: Job<DialCall, void>, options: DialWorkerOptions): Promise<void> {
  const result = dialCallSchema.safeParse(job.data);
  if (result.success) {
    await options.handler(result.data);
    return;
  }
  job.opts.removeOnComplete = true;
  options.onPoison?.(job.data, new MalformedJobError(`job ${job.id} is malformed`, { cause: result.error }));
}

function reportErrors(worker: Worker<DialCall, void>, onError: (error: Error) => void): void {
  worker.on('error', (error) => {
    // The connection tells of itself.
    if (!isConnectionError(error)) onError(error);
  });
}

async function isDoneWithin(timeoutMs: number, done: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const result = await Promise.race([done.then(() => true), timeUp]);
  clearTimeout(timer);
  return result;
}
