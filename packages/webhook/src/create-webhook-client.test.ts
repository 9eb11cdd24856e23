import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failureOf, type HookBench, startHookBench } from './testing/hook-bench.js';

let bench: HookBench;

beforeEach(async () => {
  bench = await startHookBench();
});

afterEach(() => bench.close());

describe('requests', () => {
  test('POST sends the form and gives the response', async () => {
    bench.respond = (response) => response.writeHead(201, { 'content-type': 'text/xml' }).end('<Response/>');
    const answer = await bench.privateClient({ userAgent: 'Test/1' }).send({
      url: bench.at('/hook?x=1'),
      method: 'POST',
      params: [['To', '+1']],
    });
    expect(answer).toEqual({
      status: 201,
      contentType: 'text/xml',
      body: '<Response/>',
      url: bench.at('/hook?x=1'),
      retryAfter: null,
    });
    expect(bench.seen).toMatchObject([{ method: 'POST', url: '/hook?x=1', body: 'To=%2B1' }]);
    expect(bench.seen[0]?.headers).toMatchObject({
      'user-agent': 'Test/1',
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    });
  });

  test('GET sends the parameters in the query, and no body', async () => {
    await bench.privateClient().send({ url: bench.at('/hook?x=1'), method: 'GET', params: [['To', '+1']] });
    expect(bench.seen).toMatchObject([{ method: 'GET', url: '/hook?x=1&To=%2B1', body: '' }]);
    expect(bench.seen[0]?.headers['content-type']).toBeUndefined();
  });

  test.each([204, 404, 429, 500])('status %i resolves', async (status) => {
    bench.respond = (response) => response.writeHead(status, { 'retry-after': '7' }).end();
    const answer = await bench.privateClient().send({ url: bench.at('/'), method: 'POST', params: [] });
    expect(answer).toMatchObject({ status, retryAfter: '7', body: '' });
  });

  test.each([
    ['text/xml', Buffer.from('\uFEFFäöü')],
    ['text/xml; charset=UTF-8', Buffer.from('äöü')],
    ['text/xml; charset="iso-8859-1"', Buffer.from('äöü', 'latin1')],
    ['text/xml; charset=nonsense', Buffer.from('äöü')],
  ])('a body of %s is decoded', async (contentType, body) => {
    bench.respond = (response) => response.writeHead(200, { 'content-type': contentType }).end(body);
    expect((await bench.privateClient().send({ url: bench.at('/'), method: 'GET', params: [] })).body).toBe(
      'äöü',
    );
  });

  test('connections are kept for the next request', async () => {
    const client = bench.privateClient();
    for (let n = 0; n < 10; n += 1) await client.send({ url: bench.at('/'), method: 'POST', params: [] });
    expect(bench.connections).toBeLessThanOrEqual(2);
  });

  test('an origin gets no more connections than allowed, and the others wait', async () => {
    const client = bench.privateClient({ maxConnectionsPerOrigin: 2 });
    await Promise.all(
      Array.from({ length: 10 }, () => client.send({ url: bench.at('/'), method: 'POST', params: [] })),
    );
    expect(bench.seen).toHaveLength(10);
    expect(bench.connections).toBe(2);
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
    const client = bench.privateClient();
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
    const url = bench.at('/').replace('//', '//user:hunter2@');
    await bench.privateClient().send({ url, method: 'GET', params: [] });
    expect(bench.seen[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('user:hunter2').toString('base64')}`,
    );
    const failure = await failureOf(
      bench.privateClient().send({
        url: 'http://user:hunter2@127.0.0.1:1/?key=hunter2',
        method: 'GET',
        params: [],
      }),
    );
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('hunter2');
    expect(failure.message).toBe('http://127.0.0.1:1: it refuses connections (ECONNREFUSED)');
  });

  test('they follow a redirect only to the same origin', async () => {
    bench.respond = (response, { url }) => {
      if (url === '/1') response.writeHead(302, { location: '/2' }).end();
      else if (url === '/2') response.writeHead(302, { location: bench.at('/3', 'localhost') }).end();
      else response.end();
    };
    await bench
      .privateClient()
      .send({ url: bench.at('/1').replace('//', '//u:p@'), method: 'GET', params: [] });
    expect(bench.seen.map((one) => [one.url, 'authorization' in one.headers])).toEqual([
      ['/1', true],
      ['/2', true],
      ['/3', false],
    ]);
  });
});
