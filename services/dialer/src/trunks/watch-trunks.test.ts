import type { Trunk } from '@trunkline/contracts';
import type { PingOptions, PingResult, SipResolver } from '@trunkline/sip';
import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { passTime, settle } from '../testing/pass-time.js';
import { plainResolver, trunkOf } from '../testing/trunk-bench.js';
import { createTrunkWatch, PINGS_AT_ONCE } from './watch-trunks.js';

const ALIVE: PingResult = { alive: true, status: 404, rttMs: 3, target: { host: '192.0.2.1', port: 5060 } };

function openWatch({
  random = () => 0.5,
  resolver = plainResolver,
}: {
  random?: () => number;
  resolver?: SipResolver;
} = {}) {
  const clock = createVirtualClock();
  const asked: { atMs: number; options: PingOptions; answer: (result: PingResult) => void }[] = [];
  const told: [name: string, alive: boolean][] = [];
  const watch = createTrunkWatch({
    agent: {
      ping: (options) =>
        new Promise((answer) => {
          asked.push({ atMs: clock.nowMs(), options, answer });
        }),
    },
    resolver,
    states: { asked: ({ name }, { alive }) => told.push([name, alive]) },
    credentialsOf: ({ username }) => (username === null ? null : { username, password: 'hush' }),
    clock,
    random,
  });
  return { clock, watch, asked, told };
}

const nameOf = (n: number): Partial<Trunk> => ({ name: `t${n}`, host: `192.0.2.${n}` });

test('a trunk is asked at once and again at its interval, and any answer is a sign of life', async () => {
  const { clock, watch, asked, told } = openWatch();
  watch.follow([trunkOf({ optionsIntervalSeconds: 30, username: 'u', publicAddress: '203.0.113.5' })]);
  await passTime(clock, 2_000);
  expect(asked[0]).toMatchObject({
    atMs: 1_000,
    options: {
      targets: [{ host: '192.0.2.1', port: 5060 }],
      requestUri: 'sip:192.0.2.1:5060',
      credentials: { username: 'u', password: 'hush' },
      publicHost: '203.0.113.5',
    },
  });
  asked[0]?.answer(ALIVE);
  await passTime(clock, 29_900);
  expect(asked).toHaveLength(1);
  await passTime(clock, 300);
  asked[1]?.answer({ alive: false, reason: 'no response' });
  await settle();
  expect(told).toEqual([
    ['Carrier A', true],
    ['Carrier A', false],
  ]);
});

test('intervals differ by a tenth, so that dialers do not ask together', async () => {
  const spans: number[] = [];
  for (const random of [() => 0, () => 0.999]) {
    const { clock, watch, asked } = openWatch({ random });
    watch.follow([trunkOf({ optionsIntervalSeconds: 100 })]);
    await passTime(clock, 3_000);
    const answeredAtMs = clock.nowMs();
    asked[0]?.answer(ALIVE);
    await passTime(clock, 120_000);
    spans.push(Math.round(((asked[1]?.atMs ?? 0) - answeredAtMs) / 1_000));
  }
  expect(spans).toEqual([90, 110]);
});

test('so many are asked at once and no more', async () => {
  const { clock, watch, asked } = openWatch();
  watch.follow(Array.from({ length: PINGS_AT_ONCE + 4 }, (_, n) => trunkOf(nameOf(n))));
  await passTime(clock, 3_000);
  expect(asked).toHaveLength(PINGS_AT_ONCE);
  for (const one of asked.slice(0, 3)) one.answer(ALIVE);
  await settle();
  expect(asked).toHaveLength(PINGS_AT_ONCE + 3);
});

test('trunks come, change and go while it runs; one that is the same goes on as it was', async () => {
  const { clock, watch, asked, told } = openWatch();
  const [one, two] = [trunkOf(nameOf(1)), trunkOf(nameOf(2))];
  watch.follow([one, { ...two, optionsIntervalSeconds: 0 }, trunkOf({ enabled: false })]);
  await passTime(clock, 2_000);
  expect(asked).toHaveLength(1);
  const changed = { ...one, host: '192.0.2.50', dateUpdated: '2026-11-24T13:00:00.000Z' };
  watch.follow([changed, two]);
  asked[0]?.answer({ alive: false, reason: 'no response' });
  await passTime(clock, 2_000);
  expect(told).toEqual([]);
  expect(asked.slice(1).map(({ options }) => options.requestUri)).toEqual([
    'sip:192.0.2.50:5060',
    'sip:192.0.2.2:5060',
  ]);
  for (const { answer } of asked) answer(ALIVE);
  watch.follow([changed, two]);
  await passTime(clock, 2_000);
  expect(asked).toHaveLength(3);
  watch.follow([]);
  await passTime(clock, 200_000);
  expect(asked).toHaveLength(3);
  expect(clock.pending()).toBe(0);
});

test('a name without an address is a miss', async () => {
  const resolver: SipResolver = { resolve: () => Promise.reject(new Error('no address for x')) };
  const { clock, watch, told } = openWatch({ resolver });
  watch.follow([trunkOf()]);
  await passTime(clock, 2_000);
  expect(told).toEqual([['Carrier A', false]]);
  watch.stop();
  expect(clock.pending()).toBe(0);
});
