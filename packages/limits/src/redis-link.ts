import { Redis } from 'ioredis';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A peer that vanished without closing is noticed by the kernel's probes. */
const KEEP_ALIVE_MS = 10_000;
/** A request waits for its count: no longer than this. */
const COMMAND_TIMEOUT_MS = 250;
/** After an answer that did not come: so long nobody else waits for the next one. */
const PAUSE_MS = 1_000;

/** The one connection, and whether it is worth asking. */
export interface RedisLink {
  redis: Redis;
  /** False while disconnected, and for a second after it did not answer. */
  isUp(): boolean;
  /** Tells of a command that failed; one that timed out makes the link rest. */
  failed(error: Error): void;
  close(): Promise<void>;
}

/** Commands are answered or refused at once or soon: none is kept for a Redis that comes back later. */
export function openRedis(url: string, onError: (error: Error) => void): RedisLink {
  const redis = new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * attempt),
  });
  let isTold = false;
  let restsUntil = 0;
  const tell = (error: Error) => {
    if (!isTold) onError(error);
    isTold = true;
  };
  redis.on('error', tell);
  redis.on('ready', () => {
    isTold = false;
    restsUntil = 0;
  });
  return {
    redis,
    isUp: () => redis.status === 'ready' && performance.now() >= restsUntil,
    failed(error) {
      if (redis.status !== 'ready') return;
      restsUntil = performance.now() + PAUSE_MS;
      tell(error);
    },
    async close() {
      if (redis.status === 'ready') await redis.quit().catch(() => redis.disconnect());
      else redis.disconnect();
    },
  };
}
