import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failureOf, type HookBench, startHookBench } from './testing/hook-bench.js';

let bench: HookBench;

beforeEach(async () => {
  bench = await startHookBench();
});

afterEach(() => bench.close());

test('a server that never answers is given up, also by requests that wait for its connection', async () => {
  bench.respond = () => {};
  const client = bench.privateClient({ timeoutMs: 100, maxConnectionsPerOrigin: 1 });
  const request = { url: bench.at('/'), method: 'POST' as const, params: [] };
  const failures = await Promise.all([failureOf(client.send(request)), failureOf(client.send(request))]);
  expect(failures.map(({ name, retryable }) => [name, retryable])).toEqual([
    ['WebhookTimeoutError', true],
    ['WebhookTimeoutError', true],
  ]);
});

test('a body that drips is given up when the time of the whole exchange is over', async () => {
  bench.respond = (response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  };
  const failure = await failureOf(
    bench.privateClient({ timeoutMs: 150 }).send({ url: bench.at('/'), method: 'GET', params: [] }),
  );
  expect(failure.name).toBe('WebhookTimeoutError');
});

test('a name that cannot be looked up in time is given up', async () => {
  const client = bench.clientIn({ resolve: () => new Promise(() => {}) }, { timeoutMs: 50 });
  const failure = await failureOf(client.send({ url: 'http://slow.example/', method: 'GET', params: [] }));
  expect(failure.name).toBe('WebhookTimeoutError');
});

test('a body above the limit is an error, and its connection is not kept', async () => {
  bench.respond = (response) => response.end('x'.repeat(2000));
  const client = bench.privateClient({ maxBodyBytes: 1999 });
  const failure = await failureOf(client.send({ url: bench.at('/'), method: 'GET', params: [] }));
  expect(failure).toMatchObject({ name: 'UnusableResponseError', retryable: false });
  bench.respond = (response) => response.end('x'.repeat(1999));
  expect((await client.send({ url: bench.at('/'), method: 'GET', params: [] })).body).toHaveLength(1999);
});

test('who wants no body gets the status, whatever the body is', async () => {
  const closed: Promise<unknown>[] = [];
  bench.respond = (response) => {
    closed.push(once(response, 'close'));
    const timer = setInterval(() => response.write('x'.repeat(50_000)), 5);
    response.on('close', () => clearInterval(timer));
  };
  const answer = await bench.privateClient().send({
    url: bench.at('/'),
    method: 'POST',
    params: [],
    discardBody: true,
  });
  expect(answer).toMatchObject({ status: 200, body: '' });
  await Promise.all(closed);
});

test('an encoding that was not asked for is refused', async () => {
  bench.respond = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
  const failure = await failureOf(
    bench.privateClient().send({ url: bench.at('/'), method: 'GET', params: [] }),
  );
  expect(failure).toMatchObject({ name: 'UnusableResponseError', retryable: false });
});

test('a response that is no HTTP, or breaks off, can be retried', async () => {
  bench.respond = (response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => response.destroy());
  };
  const failure = await failureOf(
    bench.privateClient().send({ url: bench.at('/'), method: 'GET', params: [] }),
  );
  expect(failure).toMatchObject({ name: 'UnreachableServerError', retryable: true });
});

test('all origins together get no more connections than allowed', async () => {
  bench.respond = () => {};
  const client = bench.privateClient({ maxConnections: 1, timeoutMs: 300 });
  const held = failureOf(client.send({ url: bench.at('/'), method: 'GET', params: [] }));
  await expect.poll(() => bench.seen.length).toBe(1);
  const failure = await failureOf(
    client.send({ url: bench.at('/', 'localhost'), method: 'GET', params: [] }),
  );
  expect(failure).toMatchObject({ retryable: true, message: expect.stringContaining('1 connections') });
  expect((await held).name).toBe('WebhookTimeoutError');
});

test('the caller can give up', async () => {
  bench.respond = () => {};
  const stop = new AbortController();
  const failure = failureOf(
    bench.privateClient().send({ url: bench.at('/'), method: 'GET', params: [], signal: stop.signal }),
  );
  await expect.poll(() => bench.seen.length).toBe(1);
  stop.abort();
  expect((await failure).name).toBe('WebhookAbortedError');
});
