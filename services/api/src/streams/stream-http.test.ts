import { openCall } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { authenticate } from '../authenticate.js';
import { knownAccount } from '../testing/known-account.js';
import { ACCOUNT, basic, SUSPENDED, startTestApi, type TestApi } from '../testing/test-api.js';
import { StreamReader } from './testing/read-stream.js';
import { createTestStreams, type TestStreams } from './testing/test-streams.js';

const event = openCall(queuedCall(), '/trunkline/test');

let streams: TestStreams;
let api: TestApi;

beforeEach(async () => {
  streams = createTestStreams();
  api = await startTestApi(streams.operations);
});

afterEach(async () => {
  await streams.streams.stop();
  await api.close();
});

test.each([
  '/2012-04-24/Calls/Stream',
  '/2010-04-01/Accounts/AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01/Calls/Stream',
])('%s gives the headers at once, and each event as it comes', async (path) => {
  const response = await api.send('GET', path);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  const reader = new StreamReader(response.body as ReadableStream<Uint8Array>);
  streams.followed[0]?.bus.send(event, 3);
  expect(await reader.nextEvent()).toMatchObject({ id: '3', event: 'queued' });
  await reader.cancel();
});

test('a client that goes leaves nothing behind, nor does one that only asks for the headers', async () => {
  const gone = new AbortController();
  const { url } = api;
  const headers = { authorization: basic(ACCOUNT.sid, ACCOUNT.token) };
  await fetch(`${url}/2012-04-24/Calls/Stream`, { headers, signal: gone.signal });
  expect(streams.streams.size()).toBe(1);
  gone.abort();
  await vi.waitFor(() => expect(streams.streams.size()).toBe(0), { timeout: 5_000 });
  expect(streams.followed[0]?.bus.isStopped).toBe(true);

  expect((await api.send('HEAD', '/2012-04-24/Calls/Stream')).status).toBe(200);
  expect(streams.streams.size()).toBe(0);
});

test('a server that stops ends its streams, and is closed at once', async () => {
  const response = await api.send('GET', '/2012-04-24/Calls/Stream');
  const reader = new StreamReader(response.body as ReadableStream<Uint8Array>);
  await reader.next();
  await streams.streams.stop();
  await api.close();
  expect(await reader.rest()).toEqual([]);
}, 5_000);

test('a stream past the limit is refused as every request is', async () => {
  for (let n = 0; n < 3; n += 1) await api.send('GET', '/2012-04-24/Calls/Stream');
  const refused = await api.send('GET', '/2012-04-24/Calls/Stream.json');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await refused.json()).toMatchObject({ status: 429, code: 20429 });
});

test('a stream ends when its account is suspended', async () => {
  streams.authenticate = (authorization) => authenticate(authorization, api.book);
  const response = await api.send('GET', '/2012-04-24/Calls/Stream');
  const reader = new StreamReader(response.body as ReadableStream<Uint8Array>);
  await reader.next();
  await streams.clock.advance(10_000);
  expect(streams.streams.size()).toBe(1);
  const dateUpdated = '2026-11-25T10:00:00.000Z';
  api.book.put([knownAccount({ ...ACCOUNT, status: 'suspended', dateUpdated })]);
  await streams.clock.advance(10_000);
  expect(await reader.rest()).toEqual([]);
  expect(streams.ended).toEqual(['refused']);
});

test("a parent follows its child's calls by path, and nobody else does", async () => {
  const child = `AC${'3'.repeat(32)}`;
  api.book.put([knownAccount({ sid: child, email: 'child@company.com', parentSid: ACCOUNT.sid })]);
  const response = await api.send('GET', `/2012-04-24/Accounts/${child}/Calls/Stream`);
  expect(response.status).toBe(200);
  expect(streams.followed[0]?.options.accountSid).toBe(child);
  const others = await api.send('GET', `/2012-04-24/Accounts/${SUSPENDED.sid}/Calls/Stream`);
  expect(others.status).toBe(403);
  expect(streams.followed).toHaveLength(1);
});
