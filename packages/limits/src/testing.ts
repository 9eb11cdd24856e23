import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';

/** A namespace of a test's own on the server of TEST_REDIS_URL. */
export interface TestRedis {
  url: string;
  namespace: string;
  redis: Redis;
  keys(): Promise<string[]>;
  drop(): Promise<void>;
}

export function useTestRedis(serverUrl: string | undefined): TestRedis {
  if (!serverUrl) throw new Error('TEST_REDIS_URL is not set: `npm test` starts a Redis and sets it');
  const namespace = `t${randomBytes(6).toString('hex')}`;
  const redis = new Redis(serverUrl, { maxRetriesPerRequest: null });
  const keys = () => redis.keys(`trunkline:${namespace}:*`);
  return {
    url: serverUrl,
    namespace,
    redis,
    keys,
    drop: async () => {
      const found = await keys();
      if (found.length > 0) await redis.del(found);
      await redis.quit();
    },
  };
}

/** A way to Redis that a test can make silent: connections stay, and nothing comes through. */
export interface Cable {
  url: string;
  isSilent: boolean;
  close(): Promise<void>;
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
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (bytes) => cable.isSilent || far.write(bytes));
    far.on('data', (bytes) => cable.isSilent || near.write(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as { port: number }).port);
  const cable: Cable = {
    url: url.href,
    isSilent: false,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return cable;
}
