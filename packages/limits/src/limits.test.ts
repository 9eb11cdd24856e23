import { afterEach, beforeEach, expect, test } from 'vitest';
import { PLACE_EXPIRES_MS, UNKEPT_EXPIRES_MS } from './call-places.js';
import type { Limits, RequestVerdict } from './limits.js';
import { openLimits } from './open-limits.js';
import { type Cable, layCable, type TestRedis, useTestRedis } from './testing.js';

const ACCOUNT = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01';
const OTHER = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f02';

let server: TestRedis;
let cable: Cable;
let opened: Limits[];
let faults: Error[];

beforeEach(async () => {
  server = useTestRedis(process.env.TEST_REDIS_URL);
  cable = await layCable(server.url);
  opened = [];
  faults = [];
});
afterEach(async () => {
  await Promise.all(opened.map((limits) => limits.close()));
  await cable?.close();
  await server?.drop();
});

function open(url = server.url): Limits {
  const limits = openLimits({
    url,
    namespace: server.namespace,
    onError: (error) => faults.push(error),
  });
  opened.push(limits);
  return limits;
}

/** Opened, and connected: what it takes is in Redis. */
async function openConnected(url?: string): Promise<Limits> {
  const limits = open(url);
  await expect
    .poll(() => limits.releaseCalls([{ accountSid: 'AC', callSid: 'CA' }]).then(() => 'up', String))
    .toBe('up');
  return limits;
}

const allowed = (verdicts: RequestVerdict[]) => verdicts.filter((verdict) => verdict.allowed).length;

function takeRequests(limits: Limits, count: number, perSecond: number): Promise<RequestVerdict[]> {
  return Promise.all(Array.from({ length: count }, () => limits.takeRequest(ACCOUNT, perSecond)));
}

const take = async (limits: Limits, accountSid: string, callSid: string, max: number) =>
  (await limits.takeCall(callSid, [{ accountSid, max }])).allowed;

test('two processes share one count of requests, and the refused are told when the second is over', async () => {
  const [one, two] = await Promise.all([openConnected(), openConnected()]);
  const verdicts = (await Promise.all([takeRequests(one, 30, 20), takeRequests(two, 30, 20)])).flat();
  expect(allowed(verdicts)).toBe(20);
  for (const verdict of verdicts) {
    if (verdict.allowed) continue;
    expect(verdict.retryAfterMs).toBeGreaterThan(0);
    expect(verdict.retryAfterMs).toBeLessThanOrEqual(1_000);
  }
  expect(await one.takeRequest(OTHER, 20)).toEqual({ allowed: true });
});

test('the next second has all its requests again; a limit below one is one', async () => {
  const limits = await openConnected();
  expect(allowed(await takeRequests(limits, 3, 0.2))).toBe(1);
  await expect
    .poll(async () => (await limits.takeRequest(ACCOUNT, 1)).allowed, { timeout: 3_000 })
    .toBe(true);
});

test('a changed limit counts on with what was taken', async () => {
  const limits = await openConnected();
  expect(allowed(await takeRequests(limits, 5, 5))).toBe(5);
  expect(allowed(await takeRequests(limits, 10, 8))).toBe(3);
});

test('without Redis each process counts in memory, without waiting', async () => {
  const limits = open('redis://127.0.0.1:1');
  const begun = performance.now();
  expect(allowed(await takeRequests(limits, 30, 20))).toBe(20);
  expect(await take(limits, ACCOUNT, 'CA1', 0)).toBe(true);
  expect(performance.now() - begun).toBeLessThan(200);
  await expect(limits.releaseCalls([{ accountSid: ACCOUNT, callSid: 'CA1' }])).rejects.toMatchObject({
    name: 'LimitsUnavailableError',
    retryable: true,
  });
  await expect.poll(() => faults.length).toBe(1);
});

test('a Redis that falls silent is waited for once, and then not for every request', async () => {
  const limits = await openConnected(cable.url);
  cable.isSilent = true;
  expect(allowed(await takeRequests(limits, 10, 20))).toBe(10);
  const begun = performance.now();
  for (let n = 0; n < 50; n += 1) await limits.takeRequest(ACCOUNT, 20);
  expect(await take(limits, ACCOUNT, 'CA1', 0)).toBe(true);
  expect(performance.now() - begun).toBeLessThan(150);
  expect(faults).toHaveLength(1);
  cable.isSilent = false;
  await expect
    .poll(
      async () => {
        await take(limits, ACCOUNT, 'CA2', 1);
        return (await server.keys()).some((key) => key.endsWith(`calls:${ACCOUNT}`));
      },
      { timeout: 5_000 },
    )
    .toBe(true);
});

test('places are taken once, shared, and given back', async () => {
  const [one, two] = await Promise.all([openConnected(), openConnected()]);
  const taken = await Promise.all(
    Array.from({ length: 20 }, (_, n) => take(n % 2 ? one : two, ACCOUNT, `CA${n}`, 5)),
  );
  expect(taken.filter(Boolean)).toHaveLength(5);
  const [first = '', second = ''] = taken.flatMap((got, n) => (got ? [`CA${n}`] : []));
  expect(await take(one, ACCOUNT, first, 5)).toBe(true);
  expect(await take(one, ACCOUNT, 'CA99', 5)).toBe(false);
  expect(await take(one, OTHER, 'CA99', 5)).toBe(true);
  await two.releaseCalls([
    { accountSid: ACCOUNT, callSid: first },
    { accountSid: ACCOUNT, callSid: second },
    { accountSid: OTHER, callSid: 'CA-unknown' },
  ]);
  expect(await take(one, ACCOUNT, 'CA99', 5)).toBe(true);
  expect(await take(one, ACCOUNT, 'CA98', 5)).toBe(true);
  expect(await take(one, ACCOUNT, 'CA97', 5)).toBe(false);
});

test('a call takes a place with each of several accounts, or with none', async () => {
  const limits = await openConnected();
  const both = [
    { accountSid: ACCOUNT, max: 5 },
    { accountSid: OTHER, max: 2 },
  ];
  const taken = await Promise.all(['CA1', 'CA2', 'CA3'].map((callSid) => limits.takeCall(callSid, both)));
  expect(taken).toEqual([{ allowed: true }, { allowed: true }, { allowed: false, full: both[1] }]);
  expect(await limits.takeCall('CA2', both)).toEqual({ allowed: true });
  expect(await server.redis.zrange(placesKey(), '0', '-1')).toEqual(['CA1', 'CA2']);
  expect(await limits.takeCall('CA3', [{ accountSid: ACCOUNT, max: 2 }, ...both])).toMatchObject({
    full: { accountSid: ACCOUNT },
  });
  await limits.keepCall('CA1', [OTHER, ACCOUNT]);
  expect(await endOf('CA1')).toBeGreaterThan(PLACE_EXPIRES_MS - 10_000);
  await limits.releaseCalls([ACCOUNT, OTHER].map((accountSid) => ({ accountSid, callSid: 'CA1' })));
  expect(await limits.takeCall('CA3', both)).toEqual({ allowed: true });
});

test('a call that has a place with one account only takes the other too', async () => {
  const limits = await openConnected();
  await take(limits, ACCOUNT, 'CA1', 1);
  const both = [ACCOUNT, OTHER].map((accountSid) => ({ accountSid, max: 1 }));
  expect(await limits.takeCall('CA1', both)).toEqual({ allowed: true });
  expect(await take(limits, OTHER, 'CA2', 1)).toBe(false);
  expect(await limits.takeCall('CA3', [])).toEqual({ allowed: true });
});

const placesKey = () => `trunkline:${server.namespace}:limits:calls:${ACCOUNT}`;

/** In how many ms from now a call's place ends. */
const endOf = async (callSid: string) => Number(await server.redis.zscore(placesKey(), callSid)) - Date.now();

test('a place is for a minute until its call is accepted, and then for a day', async () => {
  const limits = await openConnected();
  for (const callSid of ['CA-asked', 'CA-live']) await take(limits, ACCOUNT, callSid, 2);
  await limits.keepCall('CA-live', [ACCOUNT]);
  expect(await endOf('CA-asked')).toBeLessThanOrEqual(UNKEPT_EXPIRES_MS);
  expect(await endOf('CA-asked')).toBeGreaterThan(UNKEPT_EXPIRES_MS - 10_000);
  expect(await endOf('CA-live')).toBeGreaterThan(PLACE_EXPIRES_MS - 10_000);
  expect(await server.redis.pttl(placesKey())).toBeGreaterThan(PLACE_EXPIRES_MS - 10_000);
  await server.redis.zadd(placesKey(), 'XX', String(Date.now() - 1_000), 'CA-asked');
  expect(await take(limits, ACCOUNT, 'CA1', 2)).toBe(true);
  expect(await server.redis.zrange(placesKey(), '0', '-1')).toEqual(['CA1', 'CA-live']);
  expect(await take(limits, ACCOUNT, 'CA2', 2)).toBe(false);
  expect(await server.redis.pttl(placesKey())).toBeGreaterThan(PLACE_EXPIRES_MS - 10_000);
});

test('a call that is over before its place is kept gets none', async () => {
  const limits = await openConnected();
  await take(limits, ACCOUNT, 'CA1', 1);
  await limits.releaseCalls([{ accountSid: ACCOUNT, callSid: 'CA1' }]);
  await limits.keepCall('CA1', [ACCOUNT]);
  expect(await take(limits, ACCOUNT, 'CA2', 1)).toBe(true);
});

test('everything in Redis is under the prefix of its cluster, and ends by itself', async () => {
  const limits = await openConnected();
  await takeRequests(limits, 3, 2);
  await take(limits, ACCOUNT, 'CA1', 2);
  const keys = await server.keys();
  expect(keys.length).toBe(2);
  for (const key of keys) expect(await server.redis.pttl(key)).toBeGreaterThan(0);
});
