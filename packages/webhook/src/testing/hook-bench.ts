import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anyAddress } from '../address-policy.js';
import {
  buildWebhookClient,
  createWebhookClient,
  type Surroundings,
  type WebhookClient,
  type WebhookClientOptions,
} from '../create-webhook-client.js';
import type { WebhookError } from '../errors.js';

/** A request that the customer's server was sent. */
export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A customer's server on a loopback port, and clients to call it with. */
export class HookBench {
  readonly seen: Seen[] = [];
  connections = 0;
  /** What the server answers; `ok` unless a test wants something else. */
  respond: (response: ServerResponse, seen: Seen) => void = (response) => response.end('ok');
  private readonly clients: WebhookClient[] = [];

  constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.receive(request, response));
    server.on('connection', () => {
      this.connections += 1;
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  at(path: string, host = '127.0.0.1'): string {
    return `http://${host}:${this.port}${path}`;
  }

  /** A client that may call the server. */
  privateClient(options: Partial<WebhookClientOptions> = {}): WebhookClient {
    return this.keep(createWebhookClient({ allowPrivate: true, ...options }));
  }

  /** A client that may not. */
  publicClient(): WebhookClient {
    return this.keep(createWebhookClient({ allowPrivate: false }));
  }

  /** A client whose names and forbidden addresses are the test's. */
  clientIn(surroundings: Partial<Surroundings>, options = {}): WebhookClient {
    const around = { policy: anyAddress, resolve: async () => [], ...surroundings };
    return this.keep(buildWebhookClient(options, around));
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private keep(client: WebhookClient): WebhookClient {
    this.clients.push(client);
    return client;
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers, body };
    this.seen.push(seen);
    this.respond(response, seen);
  }
}

export async function startHookBench(): Promise<HookBench> {
  const server = createServer();
  const bench = new HookBench(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return bench;
}

/** The error of a request that must fail. */
export async function failureOf(sending: Promise<unknown>): Promise<WebhookError> {
  return sending.then(
    () => {
      throw new Error('the request did not fail');
    },
    (error: WebhookError) => error,
  );
}
