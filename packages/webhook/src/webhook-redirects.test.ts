import { afterEach, beforeEach, expect, test } from 'vitest';
import { failureOf, type HookBench, startHookBench } from './testing/hook-bench.js';

let bench: HookBench;

beforeEach(async () => {
  bench = await startHookBench();
});

afterEach(() => bench.close());

test.each([301, 302, 303, 307, 308])('%i is followed with the same method and parameters', async (status) => {
  bench.respond = (response, { url }) =>
    url === '/a/from' ? response.writeHead(status, { location: 'to' }).end('moved') : response.end('there');
  const answer = await bench
    .privateClient()
    .send({ url: bench.at('/a/from'), method: 'POST', params: [['A', '1']] });
  expect(answer).toMatchObject({ status: 200, body: 'there', url: bench.at('/a/to') });
  expect(bench.seen.map(({ method, body }) => [method, body])).toEqual([
    ['POST', 'A=1'],
    ['POST', 'A=1'],
  ]);
});

test('five are followed, not six', async () => {
  bench.respond = (response, { url }) => {
    const left = Number(url.slice(1));
    if (left === 0) response.end('end');
    else response.writeHead(302, { location: `/${left - 1}` }).end();
  };
  const client = bench.privateClient();
  expect((await client.send({ url: bench.at('/5'), method: 'POST', params: [] })).body).toBe('end');
  const failure = await failureOf(client.send({ url: bench.at('/6'), method: 'POST', params: [] }));
  expect(failure).toMatchObject({ name: 'UnusableResponseError', retryable: false });
});

test.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'http://', '//'])(
  'one to %s is refused',
  async (location) => {
    bench.respond = (response) => response.writeHead(302, { location }).end();
    const failure = await failureOf(
      bench.privateClient().send({ url: bench.at('/'), method: 'GET', params: [] }),
    );
    expect(failure).toMatchObject({ name: 'InvalidUrlError', retryable: false });
  },
);

test('a 302 without Location is an answer like any other', async () => {
  bench.respond = (response) => response.writeHead(302).end('here');
  const answer = await bench.privateClient().send({ url: bench.at('/'), method: 'GET', params: [] });
  expect(answer).toMatchObject({ status: 302, body: 'here' });
});
