import { type CallRecord, DIAL_QUEUE, type DialCall, dialCallSchema } from '@trunkline/contracts';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { MalformedJobError, QueueUnavailableError } from './errors.js';
import { jobOptions } from './job-options.js';
import { keyPrefix, type QueueOptions } from './queue-options.js';
import { isConnectionError, openRedis } from './redis-link.js';

/** Each request is one or two commands. */
const COMMAND_TIMEOUT_MS = 900;
/** The very first request may come before the connection. */
const FIRST_CONNECT_TIMEOUT_MS = 900;

/** The calls that wait to be dialed. Every method throws QueueUnavailableError within a second when Redis is away. */
export interface DialQueue {
  /**
   * Adding the same call again does nothing while the queue knows it. But what the reconciler says of a call must reach
   * a dialer: it is written into a job that is still there, and a job that is done makes room for a new one.
   */
  add(job: DialCall): Promise<void>;
  /** The job's call while the queue still knows it: also for a minute after it was taken. */
  peek(callSid: string): Promise<CallRecord | null>;
  /** Takes a waiting job out, since its call was ended before a dialer took it. Best effort: an active one stays. */
  remove(callSid: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens the queue. It connects in the background, and reconnects for ever. */
export function openDialQueue(options: QueueOptions): DialQueue {
  const onError = options.onError ?? (() => {});
  const redis = openRedis(options, {
    // Whoever asks hears at once that Redis is away, and nothing is done behind his back later.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    commandTimeout: COMMAND_TIMEOUT_MS,
  });
  const queue = new Queue<DialCall, void>(DIAL_QUEUE, {
    connection: redis,
    prefix: keyPrefix(options.namespace),
    // Both would ask Redis before it is there; openRedis looks at the settings that matter.
    skipVersionCheck: true,
    skipWaitingForReady: true,
    skipMetasUpdate: true,
  });
  queue.on('error', (error) => {
    if (!isConnectionError(error)) onError(error);
  });
  const ask = createAsk(redis);
  return {
    add: async (job) => {
      if (job.reconciledAt !== undefined && (await ask('read a job', () => tellKnown(queue, job)))) return;
      await ask('add a job', () => queue.add(DIAL_QUEUE, job, { ...jobOptions, jobId: job.call.sid }));
    },
    peek: async (callSid) => {
      const job = await ask('read a job', () => queue.getJob(callSid));
      return job ? readJob(job.data, onError) : null;
    },
    remove: async (callSid) => {
      await ask('remove a job', () => queue.remove(callSid));
    },
    close: async () => {
      await queue.close();
      redis.disconnect();
    },
  };
}

/**
 * Brings a job that the queue knows up to date. False when there is none (any more). One that a dialer has in its hands
 * is not read by it again: then the next sweep finds it done, and that is why a done one is taken out. The queue itself
 * keeps done jobs for a minute or until the next one is done, which may take for ever.
 */
async function tellKnown(queue: Queue<DialCall, void>, job: DialCall): Promise<boolean> {
  const known = await queue.getJob(job.call.sid);
  if (!known) return false;
  if (known.finishedOn === undefined) {
    await known.updateData(job);
    return true;
  }
  await queue.remove(job.call.sid);
  return false;
}

/** A job that is none is the worker's to report as poison; to who looks it up it is not there. */
function readJob(data: unknown, onError: (error: Error) => void): CallRecord | null {
  const result = dialCallSchema.safeParse(data);
  if (result.success) return result.data;
  onError(new MalformedJobError('a job in the queue is malformed', { cause: result.error }));
  return null;
}

function createAsk(redis: Redis) {
  const firstConnection = waitForFirst(redis);
  return async <T>(what: string, request: () => Promise<T>): Promise<T> => {
    await firstConnection();
    try {
      return await request();
    } catch (error) {
      throw new QueueUnavailableError(`${what}: ${(error as Error).message}`, { cause: error });
    }
  };
}

/** Waits once, at the beginning; afterwards a missing connection is an answer. */
function waitForFirst(redis: Redis): () => Promise<void> {
  let waiting: Promise<void> | null = new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      redis.off('ready', done);
      waiting = null;
      resolve();
    };
    const timer = setTimeout(done, FIRST_CONNECT_TIMEOUT_MS);
    timer.unref();
    redis.once('ready', done);
  });
  return async () => {
    await waiting;
  };
}
