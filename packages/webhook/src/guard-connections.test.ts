import { afterEach, beforeEach, expect, test } from 'vitest';
import { ForbiddenAddressError } from './errors.js';
import { failureOf, type HookBench, startHookBench } from './testing/hook-bench.js';

let bench: HookBench;

beforeEach(async () => {
  bench = await startHookBench();
});

afterEach(() => bench.close());

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
  const client = bench.publicClient();
  const url = template.replace('{}', String(bench.port));
  const failure = await failureOf(client.send({ url, method: 'GET', params: [] }));
  expect(failure).toBeInstanceOf(ForbiddenAddressError);
  expect(failure.retryable).toBe(false);
  expect(bench.connections).toBe(0);
});

test('a name is judged by the address that is connected, each time anew', async () => {
  const answers = ['127.0.0.1', '127.0.0.2'];
  const client = bench.clientIn(
    {
      policy: (address) => (address === '127.0.0.1' ? null : 'a bad address'),
      resolve: async () => [{ address: answers.shift() ?? '127.0.0.3', family: 4 }],
    },
    { maxConnectionsPerOrigin: 4 },
  );
  let release: () => void = () => {};
  bench.respond = (response) => {
    release = () => response.end();
  };
  const url = bench.at('/', 'rebind.example');
  const first = client.send({ url, method: 'GET', params: [] });
  await expect.poll(() => bench.seen.length).toBe(1);
  const second = await failureOf(client.send({ url, method: 'GET', params: [] }));
  expect(second.message).toBe('rebind.example may not be called: it is at a bad address');
  release();
  expect((await first).status).toBe(200);
  expect(bench.seen[0]?.headers.host).toBe(`rebind.example:${bench.port}`);
});

test('of several addresses only the allowed ones are tried', async () => {
  const client = bench.clientIn({
    policy: (address) => (address === '127.0.0.1' ? null : 'bad'),
    resolve: async () => [
      { address: '10.0.0.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ],
  });
  expect((await client.send({ url: bench.at('/', 'mixed.example'), method: 'GET', params: [] })).status).toBe(
    200,
  );
});

test('a redirect to a forbidden address is not followed', async () => {
  bench.respond = (response) => response.writeHead(307, { location: bench.at('/inside', '127.0.0.9') }).end();
  const client = bench.clientIn({ policy: (address) => (address === '127.0.0.1' ? null : 'a bad address') });
  const failure = await failureOf(client.send({ url: bench.at('/'), method: 'POST', params: [] }));
  expect(failure).toBeInstanceOf(ForbiddenAddressError);
  expect(bench.seen).toHaveLength(1);
});

test('an unknown name can be retried', async () => {
  const unknown = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
  const client = bench.clientIn({ resolve: () => Promise.reject(unknown) });
  const failure = await failureOf(client.send({ url: 'http://nowhere.example/', method: 'GET', params: [] }));
  expect(failure).toMatchObject({
    message: 'http://nowhere.example: its name is not known (ENOTFOUND)',
    retryable: true,
  });
});
