import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Log } from './deadline.js';

/** A request that Trunkline made to the customer's server. */
export interface CustomerRequest {
  method: string;
  path: string;
  params: Record<string, string>;
  /** The form alone, without what stood in the query. */
  form: Record<string, string>;
  /** The whole URL as it was asked for. */
  url: string;
  headers: Record<string, string | string[] | undefined>;
  at: number;
}

export interface Answer {
  status?: number;
  contentType?: string;
  body?: string;
}

type Responder = (request: CustomerRequest) => Answer | Promise<Answer>;

/** The customer's web server: it answers with markup, takes callbacks, and remembers every request. */
export class Customer {
  readonly requests = new Log<CustomerRequest>();
  private readonly answers = new Map<string, Responder>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Customer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const customer = new Customer(server);
    server.on('request', (request, response) => void customer.take(request, response));
    return customer;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}${path}`;
  }

  /** Serves markup at a path and returns its URL. */
  serve(path: string, answer: string | Responder): string {
    const body = typeof answer === 'string' ? answer : null;
    this.answers.set(path, body === null ? (answer as Responder) : () => ({ body, contentType: 'text/xml' }));
    return this.url(path);
  }

  /** What was sent to a path, oldest first. */
  sentTo(path: string): CustomerRequest[] {
    return this.requests.entries.filter((request) => request.path === path);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://customer');
    const form = new URLSearchParams(await readBody(request));
    const params = Object.fromEntries([...url.searchParams, ...form]);
    const taken = {
      method: request.method ?? '',
      path: url.pathname,
      params,
      form: Object.fromEntries(form),
      url: this.url(request.url ?? '/'),
      headers: request.headers,
      at: Date.now(),
    };
    const answer = (await this.answers.get(url.pathname)?.(taken)) ?? { status: 404 };
    response.writeHead(answer.status ?? 200, { 'content-type': answer.contentType ?? 'text/plain' });
    response.end(answer.body ?? '');
    this.requests.add(taken);
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
