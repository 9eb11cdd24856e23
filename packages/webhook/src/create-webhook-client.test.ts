import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anyAddress } from './address-policy.js';
import {
  buildWebhookClient,
  createWebhookClient,
  type Surroundings,
  type WebhookClient,
  type WebhookClientOptions,
} from './create-webhook-client.js';
import { ForbiddenAddressError, type WebhookError } from './errors.js';

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

type Responder = (response: ServerResponse, seen: Seen) => void;

let server: Server;
let seen: Seen[];
let respond: Responder;
let connections: number;
const clients: WebhookClient[] = [];

beforeEach(async () => {
  seen = [];
  connections = 0;
  respond = (response) => response.end('ok');
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    seen.push(one);
    respond(response, one);
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function portOf(one = server): number {
  return (one.address() as AddressInfo).port;
}

function at(path: string, host = '127.0.0.1'): string {
  return `http://${host}:${portOf()}${path}`;
}

function privateClient(options: Partial<WebhookClientOptions> = {}): WebhookClient {
  const client = createWebhookClient({ allowPrivate: true, ...options });
  clients.push(client);
  return client;
}

/** A client whose names and forbidden addresses are the test's. */
function clientIn(surroundings: Partial<Surroundings>, options = {}): WebhookClient {
  const client = buildWebhookClient(options, {
    policy: anyAddress,
    resolve: async () => [],
    ...surroundings,
  });
  clients.push(client);
  return client;
}

async function failureOf(sending: Promise<unknown>): Promise<WebhookError> {
  return sending.then(
    () => {
      throw new Error('the request did not fail');
    },
    (error: WebhookError) => error,
  );
}

describe('requests', () => {
  test('POST sends the form and gives the response', async () => {
    respond = (response) => response.writeHead(201, { 'content-type': 'text/xml' }).end('<Response/>');
    const answer = await privateClient({ userAgent: 'Test/1' }).send({
      url: at('/hook?x=1'),
      method: 'POST',
      params: [['To', '+1']],
    });
    expect(answer).toEqual({
      status: 201,
      contentType: 'text/xml',
      body: '<Response/>',
      url: at('/hook?x=1'),
      retryAfter: null,
    });
    expect(seen).toMatchObject([{ method: 'POST', url: '/hook?x=1', body: 'To=%2B1' }]);
    expect(seen[0]?.headers).toMatchObject({
      'user-agent': 'Test/1',
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    });
  });

  test('GET sends the parameters in the query, and no body', async () => {
    await privateClient().send({ url: at('/hook?x=1'), method: 'GET', params: [['To', '+1']] });
    expect(seen).toMatchObject([{ method: 'GET', url: '/hook?x=1&To=%2B1', body: '' }]);
    expect(seen[0]?.headers['content-type']).toBeUndefined();
  });

  test.each([204, 404, 429, 500])('status %i resolves', async (status) => {
    respond = (response) => response.writeHead(status, { 'retry-after': '7' }).end();
    const answer = await privateClient().send({ url: at('/'), method: 'POST', params: [] });
    expect(answer).toMatchObject({ status, retryAfter: '7', body: '' });
  });

  test.each([
    ['text/xml', Buffer.from('\uFEFFäöü')],
    ['text/xml; charset=UTF-8', Buffer.from('äöü')],
    ['text/xml; charset="iso-8859-1"', Buffer.from('äöü', 'latin1')],
    ['text/xml; charset=nonsense', Buffer.from('äöü')],
  ])('a body of %s is decoded', async (contentType, body) => {
    respond = (response) => response.writeHead(200, { 'content-type': contentType }).end(body);
    expect((await privateClient().send({ url: at('/'), method: 'GET', params: [] })).body).toBe('äöü');
  });

  test('connections are kept for the next request', async () => {
    const client = privateClient();
    for (let n = 0; n < 10; n += 1) await client.send({ url: at('/'), method: 'POST', params: [] });
    expect(connections).toBeLessThanOrEqual(2);
  });

  test('an origin gets no more connections than allowed, and the others wait', async () => {
    const client = privateClient({ maxConnectionsPerOrigin: 2 });
    await Promise.all(
      Array.from({ length: 10 }, () => client.send({ url: at('/'), method: 'POST', params: [] })),
    );
    expect(seen).toHaveLength(10);
    expect(connections).toBe(2);
  });

  test('a kept connection that the server closed is replaced without an error', async () => {
    const tcp = createTcpServer((socket) => {
      let served = 0;
      socket.on('error', () => {});
      socket.on('data', () => {
        served += 1;
        if (served > 1) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      });
    });
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const client = privateClient();
    const request = {
      url: `http://127.0.0.1:${(tcp.address() as AddressInfo).port}/`,
      method: 'POST' as const,
      params: [],
    };
    await client.send(request);
    expect((await client.send(request)).status).toBe(200);
    await client.close();
    tcp.close();
  });
});

describe('credentials', () => {
  test('those of the URL are sent as Basic and are in no error', async () => {
    const url = at('/').replace('//', '//user:hunter2@');
    await privateClient().send({ url, method: 'GET', params: [] });
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:hunter2').toString('base64')}`);
    const failure = await failureOf(
      privateClient().send({
        url: 'http://user:hunter2@127.0.0.1:1/?key=hunter2',
        method: 'GET',
        params: [],
      }),
    );
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('hunter2');
    expect(failure.message).toBe('http://127.0.0.1:1: it refuses connections (ECONNREFUSED)');
  });

  test('they follow a redirect only to the same origin', async () => {
    respond = (response, { url }) => {
      if (url === '/1') response.writeHead(302, { location: '/2' }).end();
      else if (url === '/2') response.writeHead(302, { location: at('/3', 'localhost') }).end();
      else response.end();
    };
    await privateClient().send({ url: at('/1').replace('//', '//u:p@'), method: 'GET', params: [] });
    expect(seen.map((one) => [one.url, 'authorization' in one.headers])).toEqual([
      ['/1', true],
      ['/2', true],
      ['/3', false],
    ]);
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])(
    '%i is followed with the same method and parameters',
    async (status) => {
      respond = (response, { url }) =>
        url === '/a/from'
          ? response.writeHead(status, { location: 'to' }).end('moved')
          : response.end('there');
      const answer = await privateClient().send({ url: at('/a/from'), method: 'POST', params: [['A', '1']] });
      expect(answer).toMatchObject({ status: 200, body: 'there', url: at('/a/to') });
      expect(seen.map(({ method, body }) => [method, body])).toEqual([
        ['POST', 'A=1'],
        ['POST', 'A=1'],
      ]);
    },
  );

  test('five are followed, not six', async () => {
    respond = (response, { url }) => {
      const left = Number(url.slice(1));
      if (left === 0) response.end('end');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    };
    const client = privateClient();
    expect((await client.send({ url: at('/5'), method: 'POST', params: [] })).body).toBe('end');
    const failure = await failureOf(client.send({ url: at('/6'), method: 'POST', params: [] }));
    expect(failure).toMatchObject({ name: 'UnusableResponseError', retryable: false });
  });

  test.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'http://', '//'])(
    'one to %s is refused',
    async (location) => {
      respond = (response) => response.writeHead(302, { location }).end();
      const failure = await failureOf(privateClient().send({ url: at('/'), method: 'GET', params: [] }));
      expect(failure).toMatchObject({ name: 'InvalidUrlError', retryable: false });
    },
  );

  test('a 302 without Location is an answer like any other', async () => {
    respond = (response) => response.writeHead(302).end('here');
    const answer = await privateClient().send({ url: at('/'), method: 'GET', params: [] });
    expect(answer).toMatchObject({ status: 302, body: 'here' });
  });
});

describe('addresses', () => {
  test.each([
    'http://127.0.0.1:{}/',
    'http://localhost:{}/',
    'http://0.0.0.0:{}/',
    'http://0:{}/',
    'http://127.1:{}/',
    'http://2130706433:{}/',
    'http://0x7f000001:{}/',
    'http://017700000001:{}/',
    'http://[::1]:{}/',
    'http://[::ffff:127.0.0.1]:{}/',
    'http://[::]:{}/',
    'http://①27.0.0.1:{}/',
    'http://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/',
  ])('%s is not called by default', async (template) => {
    const client = createWebhookClient({ allowPrivate: false });
    clients.push(client);
    const url = template.replace('{}', String(portOf()));
    const failure = await failureOf(client.send({ url, method: 'GET', params: [] }));
    expect(failure).toBeInstanceOf(ForbiddenAddressError);
    expect(failure.retryable).toBe(false);
    expect(connections).toBe(0);
  });

  test('a name is judged by the address that is connected, each time anew', async () => {
    const answers = ['127.0.0.1', '127.0.0.2'];
    const client = clientIn(
      {
        policy: (address) => (address === '127.0.0.1' ? null : 'a bad address'),
        resolve: async () => [{ address: answers.shift() ?? '127.0.0.3', family: 4 }],
      },
      { maxConnectionsPerOrigin: 4 },
    );
    let release: () => void = () => {};
    respond = (response) => {
      release = () => response.end();
    };
    const url = at('/', 'rebind.example');
    const first = client.send({ url, method: 'GET', params: [] });
    await expect.poll(() => seen.length).toBe(1);
    const second = await failureOf(client.send({ url, method: 'GET', params: [] }));
    expect(second.message).toBe('rebind.example may not be called: it is at a bad address');
    release();
    expect((await first).status).toBe(200);
    expect(seen[0]?.headers.host).toBe(`rebind.example:${portOf()}`);
  });

  test('of several addresses only the allowed ones are tried', async () => {
    const client = clientIn({
      policy: (address) => (address === '127.0.0.1' ? null : 'bad'),
      resolve: async () => [
        { address: '10.0.0.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    expect((await client.send({ url: at('/', 'mixed.example'), method: 'GET', params: [] })).status).toBe(
      200,
    );
  });

  test('a redirect to a forbidden address is not followed', async () => {
    respond = (response) => response.writeHead(307, { location: at('/inside', '127.0.0.9') }).end();
    const client = clientIn({ policy: (address) => (address === '127.0.0.1' ? null : 'a bad address') });
    const failure = await failureOf(client.send({ url: at('/'), method: 'POST', params: [] }));
    expect(failure).toBeInstanceOf(ForbiddenAddressError);
    expect(seen).toHaveLength(1);
  });

  test('an unknown name can be retried', async () => {
    const unknown = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    const client = clientIn({ resolve: () => Promise.reject(unknown) });
    const failure = await failureOf(
      client.send({ url: 'http://nowhere.example/', method: 'GET', params: [] }),
    );
    expect(failure).toMatchObject({
      message: 'http://nowhere.example: its name is not known (ENOTFOUND)',
      retryable: true,
    });
  });
});

describe('limits', () => {
  test('a server that never answers is given up, also by requests that wait for its connection', async () => {
    respond = () => {};
    const client = privateClient({ timeoutMs: 100, maxConnectionsPerOrigin: 1 });
    const request = { url: at('/'), method: 'POST' as const, params: [] };
    const failures = await Promise.all([failureOf(client.send(request)), failureOf(client.send(request))]);
    expect(failures.map(({ name, retryable }) => [name, retryable])).toEqual([
      ['WebhookTimeoutError', true],
      ['WebhookTimeoutError', true],
    ]);
  });

  test('a body that drips is given up when the time of the whole exchange is over', async () => {
    respond = (response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    };
    const failure = await failureOf(
      privateClient({ timeoutMs: 150 }).send({ url: at('/'), method: 'GET', params: [] }),
    );
    expect(failure.name).toBe('WebhookTimeoutError');
  });

  test('a name that cannot be looked up in time is given up', async () => {
    const client = clientIn({ resolve: () => new Promise(() => {}) }, { timeoutMs: 50 });
    const failure = await failureOf(client.send({ url: 'http://slow.example/', method: 'GET', params: [] }));
    expect(failure.name).toBe('WebhookTimeoutError');
  });

  test('a body above the limit is an error, and its connection is not kept', async () => {
    respond = (response) => response.end('x'.repeat(2000));
    const client = privateClient({ maxBodyBytes: 1999 });
    const failure = await failureOf(client.send({ url: at('/'), method: 'GET', params: [] }));
    expect(failure).toMatchObject({ name: 'UnusableResponseError', retryable: false });
    respond = (response) => response.end('x'.repeat(1999));
    expect((await client.send({ url: at('/'), method: 'GET', params: [] })).body).toHaveLength(1999);
  });

  test('who wants no body gets the status, whatever the body is', async () => {
    const closed: Promise<unknown>[] = [];
    respond = (response) => {
      closed.push(once(response, 'close'));
      const timer = setInterval(() => response.write('x'.repeat(50_000)), 5);
      response.on('close', () => clearInterval(timer));
    };
    const answer = await privateClient().send({
      url: at('/'),
      method: 'POST',
      params: [],
      discardBody: true,
    });
    expect(answer).toMatchObject({ status: 200, body: '' });
    await Promise.all(closed);
  });

  test('an encoding that was not asked for is refused', async () => {
    respond = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
    const failure = await failureOf(privateClient().send({ url: at('/'), method: 'GET', params: [] }));
    expect(failure).toMatchObject({ name: 'UnusableResponseError', retryable: false });
  });

  test('a response that is no HTTP, or breaks off, can be retried', async () => {
    respond = (response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    };
    const failure = await failureOf(privateClient().send({ url: at('/'), method: 'GET', params: [] }));
    expect(failure).toMatchObject({ name: 'UnreachableServerError', retryable: true });
  });

  test('all origins together get no more connections than allowed', async () => {
    respond = () => {};
    const client = privateClient({ maxConnections: 1, timeoutMs: 300 });
    const held = failureOf(client.send({ url: at('/'), method: 'GET', params: [] }));
    await expect.poll(() => seen.length).toBe(1);
    const failure = await failureOf(client.send({ url: at('/', 'localhost'), method: 'GET', params: [] }));
    expect(failure).toMatchObject({ retryable: true, message: expect.stringContaining('1 connections') });
    expect((await held).name).toBe('WebhookTimeoutError');
  });

  test('the caller can give up', async () => {
    respond = () => {};
    const stop = new AbortController();
    const failure = failureOf(
      privateClient().send({ url: at('/'), method: 'GET', params: [], signal: stop.signal }),
    );
    await expect.poll(() => seen.length).toBe(1);
    stop.abort();
    expect((await failure).name).toBe('WebhookAbortedError');
  });
});
