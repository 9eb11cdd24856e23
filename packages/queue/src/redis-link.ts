import { Redis, type RedisOptions } from 'ioredis';
import { EvictingRedisError } from './errors.js';
import type { QueueOptions } from './queue-options.js';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A peer that vanished without closing is noticed by the kernel's probes. */
const KEEP_ALIVE_MS = 10_000;

/** Opens a connection that comes back for ever, and tells of its state. */
export function openRedis(options: QueueOptions, more: Omit<RedisOptions, 'replyMapping'>): Redis {
  const redis = new Redis(options.url, {
    ...more,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    // It halves what BullMQ can do, since its scripts cannot share a pipeline.
    enableAutoPipelining: false,
    retryStrategy: (attempt) => Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * attempt),
  });
  const report = createOutageFilter(options.onError ?? (() => {}));
  let up = false;
  redis.on('error', report.connectionError);
  redis.on('ready', () => {
    up = true;
    report.recovered();
    options.onAvailability?.(true);
    warnOfEviction(redis, report.error);
  });
  redis.on('close', () => {
    if (up) options.onAvailability?.(false);
    up = false;
  });
  return redis;
}

/** A lost connection fails again at every attempt, on each socket: it is worth telling once. */
function createOutageFilter(onError: (error: Error) => void) {
  let told = false;
  return {
    error: onError,
    connectionError: (error: Error) => {
      if (!told) onError(error);
      told = true;
    },
    recovered: () => {
      told = false;
    },
  };
}

/** Whether an error says no more than that the connection is not there. */
export function isConnectionError(error: Error & { code?: string }): boolean {
  if (error.code !== undefined && CONNECTION_CODES.has(error.code)) return true;
  return error.message === 'Connection is closed.' || error.message.startsWith("Stream isn't writeable");
}

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

/** A Redis that throws keys away when it is full throws away calls. It may not let us look: then nobody is warned. */
function warnOfEviction(redis: Redis, onError: (error: Error) => void): void {
  const check = async () => {
    const policy = /maxmemory_policy:(\S+)/.exec(await redis.info('memory'))?.[1];
    if (policy === undefined || policy === 'noeviction') return;
    onError(
      new EvictingRedisError(`Redis has maxmemory-policy ${policy}; jobs are only safe with noeviction`),
    );
  };
  check().catch(() => undefined);
}
