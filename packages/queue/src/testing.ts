import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Call, DIAL_QUEUE, type DialCall } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { keyPrefix, type QueueOptions } from './queue-options.js';

/** A cluster's queue, of a test's own, on the server of TEST_REDIS_URL. */
export interface TestQueue {
  options: Pick<QueueOptions, 'url' | 'namespace'>;
  redis: Redis;
  /** Deletes everything of this cluster, as FLUSHALL would. */
  wipe(): Promise<void>;
  keys(): Promise<string[]>;
  /** Of a job that is done, the last one included. */
  attemptsMade(callSid: string): Promise<number | undefined>;
  counts(): Promise<{ waiting: number; active: number; delayed: number; completed: number }>;
  drop(): Promise<void>;
}

export function createTestQueue(serverUrl: string | undefined): TestQueue {
  if (!serverUrl) throw new Error('TEST_REDIS_URL is not set: `npm test` starts a Redis and sets it');
  const namespace = `t${randomBytes(6).toString('hex')}`;
  const redis = new Redis(serverUrl, { maxRetriesPerRequest: null });
  const keys = () => redis.keys(`${keyPrefix(namespace)}:*`);
  const jobs = new Queue(DIAL_QUEUE, { connection: redis, prefix: keyPrefix(namespace) });
  const wipe = async () => {
    const found = await keys();
    if (found.length > 0) await redis.del(found);
  };
  return {
    options: { url: serverUrl, namespace },
    redis,
    wipe,
    keys,
    attemptsMade: async (callSid) => (await jobs.getJob(callSid))?.attemptsMade,
    counts: async () => {
      const counts = await jobs.getJobCounts('waiting', 'active', 'delayed', 'completed');
      const { waiting = 0, active = 0, delayed = 0, completed = 0 } = counts;
      return { waiting, active, delayed, completed };
    },
    drop: async () => {
      await jobs.close();
      await wipe();
      await redis.quit();
    },
  };
}

/** A way to Redis that a test can cut. */
export interface Cable {
  url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
}

export async function layCable(serverUrl: string): Promise<Cable> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port || 6379), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    cut: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}

export function dialCall(changes: Partial<Call> = {}): DialCall {
  return { sequence: 1, call: queuedCall(changes) };
}
