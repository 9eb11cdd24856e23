import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Delivery } from '@trunkline/bus';
import type { CallEvent } from '@trunkline/contracts';
import {
  createWebhookClient,
  signRequest,
  type WebhookClient,
  type WebhookOutcome,
} from '@trunkline/webhook';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Callback, toCallback } from './callback.js';
import { sendCallback } from './send-callback.js';
import { ANSWERED, callEvents } from './testing/call-events.js';

let server: Server;
let seen: { method: string; path: string; params: Record<string, string> }[];
let headers: IncomingHttpHeaders[];
let status: number;
let outcomes: WebhookOutcome[];

beforeEach(async () => {
  seen = [];
  headers = [];
  outcomes = [];
  status = 204;
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url ?? '/', 'http://customer');
    const params = Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)]);
    headers.push(request.headers);
    seen.push({ method: request.method ?? '', path: url.pathname, params });
    response.writeHead(status, { 'retry-after': '9' }).end('x'.repeat(200_000));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function send(client: WebhookClient, callback: Callback, token: string | null = null) {
  const tokenOf = (accountSid: string) => (accountSid === callback.accountSid ? token : null);
  return sendCallback(callback, { client, tokenOf, onOutcome: (_, outcome) => outcomes.push(outcome) });
}

function lastCallback(method: 'GET' | 'POST', url = urlOf('/progress?key=1')): Callback {
  const event = callEvents({ url, method }, [...ANSWERED]).at(-1) as CallEvent;
  return toCallback({ event } as Delivery, 0) as Callback;
}

function urlOf(path: string): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

test.each(['GET', 'POST'] as const)('%s carries the parameters beside those of the URL', async (method) => {
  const client = createWebhookClient({ allowPrivate: true });
  expect(await send(client, lastCallback(method))).toEqual({
    kind: 'answered',
    status: 204,
    retryAfter: '9',
  });
  expect(seen).toMatchObject([
    { method, path: '/progress', params: { key: '1', CallStatus: 'completed', SequenceNumber: '3' } },
  ]);
  await client.close();
});

test.each(['GET', 'POST'] as const)(
  '%s is signed with the token of the account, when that is known',
  async (method) => {
    const client = createWebhookClient({ allowPrivate: true });
    const callback = lastCallback(method);
    await send(client, callback, 'token');
    await send(client, callback, null);
    const query = method === 'GET' ? `&${new URLSearchParams(callback.params)}` : '';
    const params = method === 'GET' ? [] : callback.params;
    const signature = signRequest({ url: callback.url + query, params, token: 'token' });
    expect(headers.map((sent) => sent['x-twilio-signature'])).toEqual([signature, undefined]);
    expect(outcomes).toMatchObject([
      { status: 204, error: null },
      { status: 204, error: null },
    ]);
    await client.close();
  },
);

test('a long answer is an answer, and its status counts', async () => {
  status = 500;
  const client = createWebhookClient({ allowPrivate: true });
  expect(await send(client, lastCallback('POST'))).toMatchObject({ kind: 'answered', status: 500 });
  await client.close();
});

test('a server that is away can be tried again, a private one cannot', async () => {
  const open = createWebhookClient({ allowPrivate: true });
  expect(await send(open, lastCallback('POST', 'http://127.0.0.1:1/hunter2?key=hunter2'))).toEqual({
    kind: 'failed',
    retryable: true,
    reason: 'http://127.0.0.1:1: it refuses connections (ECONNREFUSED)',
  });
  const closed = createWebhookClient({ allowPrivate: false });
  expect(await send(closed, lastCallback('POST'))).toEqual({
    kind: 'failed',
    retryable: false,
    reason: '127.0.0.1 may not be called: it is at a loopback address',
  });
  expect(seen).toEqual([]);
  expect(outcomes).toMatchObject([
    { status: null, error: expect.stringContaining('ECONNREFUSED') },
    { status: null, error: expect.stringContaining('loopback') },
  ]);
  await Promise.all([open.close(), closed.close()]);
});

test('a URL that is none is refused for good', async () => {
  const client = createWebhookClient({ allowPrivate: true });
  expect(await send(client, lastCallback('POST', 'progress'))).toMatchObject({
    kind: 'failed',
    retryable: false,
  });
  await client.close();
});
