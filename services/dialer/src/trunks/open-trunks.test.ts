import { randomBytes } from 'node:crypto';
import { type Bus, connectBus } from '@trunkline/bus';
import type { Trunk } from '@trunkline/contracts';
import { type Limits, openLimits } from '@trunkline/limits';
import type { RegisterOptions } from '@trunkline/sip';
import { createVirtualClock } from '@trunkline/sip/testing';
import { connect } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { passTime, settle } from '../testing/pass-time.js';
import { createQuietLog } from '../testing/quiet-log.js';
import { MemoryBook, plainResolver, trunkOf } from '../testing/trunk-bench.js';
import { openTrunks, type Trunks } from './open-trunks.js';

const namespace = `t${randomBytes(6).toString('hex')}`;
const buses: Bus[] = [];
const shared: Limits[] = [];

beforeAll(async () => {
  for (const name of ['d1', 'd2']) {
    buses.push(await connectBus({ url: urlOf('TEST_NATS_URL'), namespace, name }));
    shared.push(openLimits({ url: urlOf('TEST_REDIS_URL'), namespace, onError: () => {} }));
  }
});

/** Without Redis each process counts by itself. */
async function awaitRedis(): Promise<void> {
  const isUp = (limits: Limits) =>
    limits.releaseCalls([{ accountSid: 'AC', callSid: 'CA' }]).then(() => 'up', String);
  for (const limits of shared) await expect.poll(() => isUp(limits)).toBe('up');
}

afterAll(async () => {
  await Promise.all([...buses, ...shared].map((one) => one.close()));
  const url = new URL(urlOf('TEST_NATS_URL'));
  const nats = await connect({ servers: url.host, ...(url.username ? login(url) : {}) });
  const manager = await nats.jetstreamManager();
  const names = (await manager.streams.names().next()).filter((name) => name.includes(namespace));
  await Promise.all(names.map((name) => manager.streams.delete(name)));
  await nats.close();
});

/** Two dialers on one bus and one Redis, that know the same trunks. */
function openDialers(...trunks: Trunk[]) {
  const clock = createVirtualClock();
  const book = new MemoryBook(trunks);
  const dialers = buses.map((bus, n) => {
    const registrations: RegisterOptions[] = [];
    const pinged: string[] = [];
    const all = openTrunks({
      dialerId: `d${n + 1}-${randomBytes(4).toString('hex')}`,
      book,
      limits: shared[n] as Limits,
      holds: bus.holds,
      agent: {
        ping: async ({ requestUri }) => {
          pinged.push(requestUri);
          return { alive: false, reason: 'no response' };
        },
        register: (options) => {
          registrations.push(options);
          return { stop: async () => void registrations.splice(registrations.indexOf(options), 1) };
        },
      },
      resolver: plainResolver,
      clock,
      now: () => new Date(),
      random: () => 0,
      meter: { legEnded: () => {} },
      log: createQuietLog(),
    });
    return { trunks: all, registrations, pinged };
  });
  return { clock, book, dialers: dialers as [(typeof dialers)[0], (typeof dialers)[0]] };
}

const call = (n: number) => ({ sid: `CA${n}`, accountSid: 'AC1' });

test('channels are counted over all dialers and both directions, on the real Redis', async () => {
  await awaitRedis();
  const trunk = trunkOf({ maxChannels: 5 });
  const { dialers } = openDialers(trunk);
  const [one, two] = dialers;
  const inbound = await two.trunks.admitInbound(trunk, 'CA-in');
  expect(inbound).not.toBeNull();
  const routed = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const routes = dialers[n % 2 === 0 ? 0 : 1].trunks.openRoutes(call(n));
      return (await routes.reserve()) === null ? routes.next() : null;
    }),
  );
  const taken = routed.flatMap((one) => one ?? []);
  expect(taken).toHaveLength(4);
  expect(await one.trunks.admitInbound(trunk, 'CA-late')).toBeNull();
  expect(await one.trunks.openRoutes(call(99)).reserve()).toMatchObject({ delayMs: expect.any(Number) });
  expect(one.trunks.counts().channels + two.trunks.counts().channels).toBe(5);
  inbound?.release();
  taken[0]?.release();
  await expect.poll(() => one.trunks.admitInbound(trunk, 'CA-late')).not.toBeNull();
  await expect.poll(() => one.trunks.openRoutes(call(99)).reserve()).toBeNull();
  expect(await two.trunks.admitInbound(trunk, 'CA-later')).toBeNull();
  for (const { trunks } of dialers) trunks.stop();
});

test('INVITEs are spaced over all dialers, on the real Redis', async () => {
  await awaitRedis();
  const trunk = trunkOf({ maxCallsPerSecond: 2 });
  const { dialers } = openDialers(trunk);
  const reserved = await Promise.all(
    Array.from({ length: 6 }, (_, n) => dialers[n % 2 === 0 ? 0 : 1].trunks.openRoutes(call(n)).reserve()),
  );
  // Now, in half a second, in one; the rest is to come again.
  expect(reserved.filter((delay) => delay === null)).toHaveLength(3);
  for (const { trunks } of dialers) trunks.stop();
});

test('one of two dialers registers, on the real bus; when it goes the other does', async () => {
  const { clock, dialers } = openDialers(trunkOf({ register: true, username: 'anna' }));
  for (const { trunks } of dialers) trunks.start();
  await expect.poll(() => dialers.map(({ registrations }) => registrations.length).sort()).toEqual([0, 1]);
  const [first, other] = dialers[0].registrations.length === 1 ? dialers : [dialers[1], dialers[0]];
  await first.trunks.leave();
  expect(first.registrations).toHaveLength(0);
  await expect
    .poll(() => {
      clock.advance(10_000);
      return settle().then(() => other.registrations.length);
    })
    .toBe(1);
  for (const { trunks } of dialers) trunks.stop();
  await expect.poll(() => other.registrations.length).toBe(0);
});

test('trunks appear, change and go without a restart, and nothing runs after the stop', async () => {
  const { clock, book, dialers } = openDialers();
  const { trunks, pinged } = dialers[0];
  trunks.start();
  const trunk = trunkOf({ optionsIntervalSeconds: 10, username: 'anna', passwordSealed: 'hush' });
  expect(trunks.find(trunk.sid)).toBeNull();
  book.set([trunk]);
  expect(trunks.find(trunk.sid)).toBe(trunk);
  expect(trunks.credentialsOf(trunk)).toEqual({ username: 'anna', password: 'hush' });
  expect(trunks.credentialsOf({ ...trunk, passwordSealed: null })).toBeNull();
  await passTime(clock, 15_000);
  expect(pinged).toEqual(['sip:192.0.2.1:5060', 'sip:192.0.2.1:5060']);
  expect(trunks.health()).toEqual({
    [trunk.sid]: { state: 'down', registered: null, reason: expect.stringContaining('no answer to OPTIONS') },
  });
  expect(trunks.counts()).toMatchObject({ byState: { up: 0, down: 1, suspended: 0, unknown: 0 }, broken: 0 });
  expect(await trunks.openRoutes(call(1)).next()).toMatchObject({ why: expect.stringContaining('is down') });
  book.set([{ ...trunk, host: '192.0.2.2', dateUpdated: '2026-11-25T00:00:00.000Z' }]);
  expect(await trunks.openRoutes(call(2)).next()).toMatchObject({ targets: [{ host: '192.0.2.2' }] });
  book.set([]);
  expect([trunks.find(trunk.sid), trunks.health()]).toEqual([null, {}]);
  trunks.stop();
  book.set([trunk]);
  await passTime(clock, 60_000);
  expect(pinged).toHaveLength(2);
  expect(clock.pending()).toBe(0);
});

test('a lease lists not all of very many trunks, and those first that are in trouble', async () => {
  const many = Array.from({ length: 300 }, (_, n) => trunkOf({ name: `t${n}` }));
  const { dialers } = openDialers(...many);
  const { trunks } = dialers[0] as { trunks: Trunks };
  const last = many.at(-1) as Trunk;
  const routes = trunks.openRoutes(call(1));
  const trouble = { why: '503 Service Unavailable', isSilence: false };
  routes.tell(last, { kind: 'failed', trouble, retryAfterSeconds: 60 });
  const listed = Object.entries(trunks.health());
  expect(listed).toHaveLength(200);
  expect(listed[0]).toEqual([last.sid, expect.objectContaining({ state: 'suspended' })]);
  trunks.stop();
});

function urlOf(name: 'TEST_NATS_URL' | 'TEST_REDIS_URL'): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: run the tests with "npm test"`);
  return url;
}

function login(url: URL) {
  return url.password ? { user: url.username, pass: url.password } : { token: url.username };
}
