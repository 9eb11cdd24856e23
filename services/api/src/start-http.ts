import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { ApiEnv } from './api-context.js';
import { ListenError } from './errors.js';

export interface HttpServer {
  readonly port: number;
  /** Takes no more connections, and resolves when the requests under way are answered. */
  close(): Promise<void>;
}

/** A client that is slower than this is no client; the check runs every few seconds. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** Above what proxies in front keep, so that theirs ends first. */
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
};

/** A connection on which nothing moves for so long while a request is answered is cut: its client reads nothing. */
const STALLED_TIMEOUT_MS = 60_000;

/** Listens. @throws ListenError */
export async function startHttp(
  app: Hono<ApiEnv>,
  address: { host: string; port: number },
): Promise<HttpServer> {
  let isClosing = false;
  const fetch = async (request: Request, bindings: object) => {
    const response = await app.fetch(request, bindings);
    if (isClosing) response.headers.set('Connection', 'close');
    return response;
  };
  const server = createAdaptorServer({ fetch, serverOptions: LIMITS }) as Server;
  server.timeout = STALLED_TIMEOUT_MS;
  const unused = trackUnused(server);
  await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      isClosing = true;
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        for (const socket of unused) socket.destroy();
      });
    },
  };
}

/**
 * The connections on which no request has come yet: a server that closes takes only those for idle that had one, and
 * would wait for the others.
 */
function trackUnused(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage) => unused.delete(socket));
  return unused;
}

async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'is taken' : 'cannot be listened on';
    throw new ListenError(`${host}:${port} ${why}: choose another with API_HOST and API_PORT`, { cause });
  }
}
