import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChannelRequest, Limits } from './limits.js';
import { openLimits } from './open-limits.js';
import { type Cable, layCable, type TestRedis, useTestRedis } from './testing.js';

const TRUNK = 'TK0193f2a0b1c27d3e8f4a5b6c7d8e9f01';

let server: TestRedis;
let cable: Cable;
let opened: Limits[];

beforeEach(async () => {
  server = useTestRedis(process.env.TEST_REDIS_URL);
  cable = await layCable(server.url);
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((limits) => limits.close()));
  await cable?.close();
  await server?.drop();
});

async function openConnected(url = server.url): Promise<Limits> {
  const limits = openLimits({ url, namespace: server.namespace, onError: () => {} });
  opened.push(limits);
  await expect
    .poll(() => limits.releaseCalls([{ accountSid: 'AC', callSid: 'CA' }]).then(() => 'up', String))
    .toBe('up');
  return limits;
}

const want = (holder: string, changes: Partial<ChannelRequest> = {}): ChannelRequest => ({
  trunkSid: TRUNK,
  holder,
  maxChannels: null,
  maxPerSecond: null,
  maxWaitMs: 0,
  ...changes,
});

test('the channels of a trunk are shared by all processes, and one that is given back is free at once', async () => {
  const [one, two] = await Promise.all([openConnected(), openConnected()]);
  const three = { maxChannels: 3 };
  const wanted = await Promise.all([
    ...['a', 'b', 'c'].map((call) => one.takeChannel(want(call, three))),
    ...['d', 'e', 'f'].map((call) => two.takeChannel(want(call, three))),
  ]);
  expect(wanted.filter((verdict) => verdict.allowed)).toHaveLength(3);
  expect(await one.takeChannel(want('g', three))).toEqual({ allowed: false, full: 'channels' });
  const at = wanted.findIndex((verdict) => verdict.allowed);
  await two.releaseChannel({ trunkSid: TRUNK, holder: 'abcdef'[at] ?? '' });
  expect(await one.takeChannel(want('g', three))).toEqual({ allowed: true, waitMs: 0 });
});

test('a call that has its channel takes no second one', async () => {
  const limits = await openConnected();
  const one = { maxChannels: 1 };
  expect(await limits.takeChannel(want('a', one))).toMatchObject({ allowed: true });
  expect(await limits.takeChannel(want('a', one))).toMatchObject({ allowed: true });
  expect(await limits.takeChannel(want('b', one))).toMatchObject({ allowed: false });
});

test('channels that Redis has forgotten are known again when they are kept', async () => {
  const limits = await openConnected();
  const one = { maxChannels: 1 };
  await limits.keepChannels([{ trunkSid: TRUNK, holder: 'a' }]);
  expect(await limits.takeChannel(want('b', one))).toEqual({ allowed: false, full: 'channels' });
});

test('INVITEs have their turns evenly, whoever sends them; one whose turn is too late is told when', async () => {
  const [one, two] = await Promise.all([openConnected(), openConnected()]);
  const ten = { maxPerSecond: 10, maxWaitMs: 450 };
  const verdicts = [];
  for (const call of ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    verdicts.push(await (call < 'd' ? one : two).takeChannel(want(call, ten)));
  const waits = verdicts.map((verdict) => ('waitMs' in verdict ? verdict.waitMs : -1));
  // What the asking itself took is taken off.
  for (const [turn, wait] of waits.slice(0, 5).entries()) {
    expect(wait).toBeLessThanOrEqual(turn * 100 + 1);
    expect(wait).toBeGreaterThan(turn * 100 - 100);
  }
  const last = verdicts.at(-1);
  expect(last).toMatchObject({ allowed: false, full: 'pace' });
  expect(waits.at(-1)).toBeGreaterThan(450);
});

test('while Redis is away INVITEs keep their pace, also when the calls before are over', async () => {
  const limits = await openConnected(cable.url);
  cable.isSilent = true;
  const one = { maxPerSecond: 1, maxWaitMs: 0 };
  expect(await limits.takeChannel(want('a', one))).toMatchObject({ allowed: true });
  await limits.releaseChannel({ trunkSid: TRUNK, holder: 'a' });
  expect(await limits.takeChannel(want('b', one))).toMatchObject({ allowed: false, full: 'pace' });
});

test('while Redis is away a process counts what it has taken itself, before and since', async () => {
  const limits = await openConnected(cable.url);
  const two = { maxChannels: 2 };
  expect(await limits.takeChannel(want('a', two))).toMatchObject({ allowed: true });
  cable.isSilent = true;
  expect(await limits.takeChannel(want('b', two))).toMatchObject({ allowed: true });
  expect(await limits.takeChannel(want('c', two))).toEqual({ allowed: false, full: 'channels' });
  await limits.releaseChannel({ trunkSid: TRUNK, holder: 'a' });
  expect(await limits.takeChannel(want('c', two))).toMatchObject({ allowed: true });
});
