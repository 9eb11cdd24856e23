import type { Trunk } from '@trunkline/contracts';
import type { SipResolver } from '@trunkline/sip';
import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { passTime, settle } from '../testing/pass-time.js';
import { createTrunkBench, plainResolver, trunkOf } from '../testing/trunk-bench.js';
import { FAILURES_TO_OPEN } from './breaker.js';
import { KEEP_MS } from './channels.js';

const NOON = Date.parse('2026-11-24T12:00:00.000Z');
const CALL = { sid: 'CA1', accountSid: 'AC1' };
const CONGESTED = { why: '503 Service Unavailable', isSilence: false };

function openBench(trunks: readonly Trunk[], resolver: SipResolver = plainResolver) {
  const clock = createVirtualClock();
  const bench = createTrunkBench({ clock, now: () => new Date(NOON + clock.nowMs()), trunks, resolver });
  return { ...bench, clock, routes: bench.openRoutes(CALL) };
}

const inOrder = (...changes: Partial<Trunk>[]) =>
  changes.map((one, n) => trunkOf({ name: `t${n + 1}`, host: `192.0.2.${n + 1}`, priority: n, ...one }));

test('the trunks come one after another, each once, with the reason why', async () => {
  const { routes } = openBench(inOrder({}, {}, { enabled: false }));
  const first = await routes.next();
  expect(first).toMatchObject({
    trunk: { name: 't1' },
    targets: [{ host: '192.0.2.1', port: 5060 }],
    why: 'priority 0',
  });
  expect(routes.hasMore()).toBe(true);
  if (first)
    routes.tell(first.trunk, {
      kind: 'failed',
      trouble: CONGESTED,
      retryAfterSeconds: null,
    });
  expect(await routes.next()).toMatchObject({
    trunk: { name: 't2' },
    why: "priority 1; 't1' before it failed: 503 Service Unavailable",
  });
  expect(routes.hasMore()).toBe(false);
  expect(await routes.next()).toBeNull();
});

test('a trunk that is full is passed over, and its channel comes back when the call is over', async () => {
  const { routes, limits, openRoutes } = openBench(inOrder({ maxChannels: 1 }, {}));
  const first = await routes.next();
  const other = openRoutes({ ...CALL, sid: 'CA2' });
  expect(await other.next()).toMatchObject({
    trunk: { name: 't2' },
    why: "priority 1; 't1' before it has no channel left of 1",
  });
  first?.release();
  first?.release();
  await settle();
  expect(limits.held).toEqual([]);
  expect(await openRoutes({ ...CALL, sid: 'CA3' }).next()).toMatchObject({ trunk: { name: 't1' } });
});

test('a turn that comes soon is waited for; one that comes late is left to others', async () => {
  const { routes, limits, clock, openRoutes } = openBench(inOrder({ maxCallsPerSecond: 2 }, {}));
  limits.waitMs = 800;
  let name = '';
  void routes.next().then((routed) => {
    name = routed?.trunk.name ?? 'none';
  });
  await passTime(clock, 750);
  expect(name).toBe('');
  await passTime(clock, 100);
  expect(name).toBe('t1');
  limits.waitMs = 1_200;
  expect(await openRoutes(CALL).next()).toMatchObject({
    trunk: { name: 't2' },
    why: "priority 1; 't1' before it is at its 2 calls a second",
  });
});

test('before the claim the best trunk is taken, and it is the first one after it', async () => {
  const { routes, limits } = openBench(inOrder({ maxChannels: 1 }));
  expect(await routes.reserve()).toBeNull();
  expect(limits.held).toHaveLength(1);
  expect(await routes.next()).toMatchObject({ trunk: { name: 't1' } });
  expect(limits.held).toHaveLength(1);
});

test('where each trunk is at its limits the call is to come again, sooner where one says when', async () => {
  const full = openBench(inOrder({ maxChannels: 1 }, { enabled: false }));
  full.limits.full.add(full.book.trunks()[0]?.sid ?? '');
  expect(await full.routes.reserve()).toEqual({
    delayMs: 1_000,
    message: "no trunk for the call: 't1' has no channel left of 1; 't2' is switched off",
  });
  full.limits.full.clear();
  expect(await full.routes.reserve()).toBeNull();
  const busy = openBench(inOrder({ maxChannels: 1 }, { maxCallsPerSecond: 1 }));
  busy.limits.full.add(busy.book.trunks()[0]?.sid ?? '');
  busy.limits.waitMs = 1_500;
  expect(await busy.routes.reserve()).toMatchObject({ delayMs: 1_000 });
});

test('without a trunk that could have room there is nothing to wait for', async () => {
  const none = openBench([]);
  expect(await none.routes.reserve()).toBeNull();
  expect(await none.routes.next()).toBeNull();
  expect(none.routes.whyNone().reason).toBe('no-trunk');
  const off = openBench(inOrder({ enabled: false }));
  expect(await off.routes.next()).toBeNull();
  expect(off.routes.whyNone()).toMatchObject({
    reason: 'no-trunk',
    message: "no trunk for the call: 't1' is switched off",
  });
  const resting = openBench(inOrder({}));
  for (const trunk of resting.book.trunks())
    resting.states.tell(trunk, { kind: 'failed', trouble: CONGESTED, retryAfterSeconds: 60 });
  expect(await resting.routes.reserve()).toBeNull();
  expect(await resting.routes.next()).toBeNull();
  expect(resting.routes.whyNone()).toEqual({
    reason: 'trunk-failed',
    message: "no trunk for the call: 't1' asked for a pause until 12:01:00Z",
  });
});

test('trunks that answer no OPTIONS are the last resort, and only of a call that was not tried yet', async () => {
  const { book, states, routes, openRoutes } = openBench(inOrder({}, {}));
  const silence = { alive: false, reason: 'no response' } as const;
  const [first, second] = book.trunks() as [Trunk, Trunk];
  for (let n = 0; n < 2; n += 1) states.asked(first, silence);
  expect(await openRoutes(CALL).next()).toMatchObject({ trunk: { name: 't2' } });
  for (let n = 0; n < 2; n += 1) states.asked(second, silence);
  const since = 'is down: no answer to OPTIONS since 12:00:00Z (no response)';
  expect(await routes.next()).toMatchObject({
    trunk: { name: 't1' },
    why: `priority 0; it ${since}, and no other is left`,
  });
  expect([routes.hasMore(), await routes.next()]).toEqual([false, null]);
  states.tell(first, { kind: 'succeeded' });
  expect(states.obstacleOf(first)).toBeNull();
});

test('a name without an address counts as a failure of the trunk, and the next one is taken', async () => {
  const resolver: SipResolver = {
    resolve: async ({ host }) =>
      host === '192.0.2.1' ? Promise.reject(new Error('ENOTFOUND')) : [{ host, port: 5060 }],
  };
  const bench = openBench(inOrder({ maxChannels: 5 }, {}), resolver);
  expect(await bench.routes.next()).toMatchObject({
    trunk: { name: 't2' },
    why: "priority 1; 't1' before it failed: 192.0.2.1 has no address",
  });
  expect([bench.unresolved, bench.limits.held]).toEqual([['t1'], []]);
  for (let n = 1; n < FAILURES_TO_OPEN; n += 1) await bench.openRoutes(CALL).next();
  expect(bench.changes).toEqual([expect.stringContaining('t1 suspended: failed again and again')]);
});

test('a trunk whose name has no address is passed over before the claim, so that a full one is waited for', async () => {
  const resolver: SipResolver = {
    resolve: async ({ host }) =>
      host === '192.0.2.1' ? Promise.reject(new Error('ENOTFOUND')) : [{ host, port: 5060 }],
  };
  const bench = openBench(inOrder({}, { maxChannels: 1 }), resolver);
  const held = await bench.openRoutes({ ...CALL, sid: 'CA2' }).next();
  expect(await bench.routes.reserve()).toMatchObject({ delayMs: 1_000 });
  held?.release();
  expect(await bench.routes.reserve()).toBeNull();
});

test('a call that is claimed waits a while for room where only full trunks are left', async () => {
  const { routes, limits, clock, book, openRoutes } = openBench(inOrder({ maxChannels: 1 }));
  const [trunk] = book.trunks();
  limits.full.add(trunk?.sid ?? '');
  const waiting = routes.next();
  await passTime(clock, 5_000);
  limits.full.clear();
  await passTime(clock, 1_100);
  expect(await waiting).toMatchObject({ trunk: { name: 't1' } });
  limits.full.add(trunk?.sid ?? '');
  const late = openRoutes({ ...CALL, sid: 'CA2' });
  const none = late.next();
  await passTime(clock, 11_000);
  expect([await none, late.whyNone().reason]).toEqual([null, 'trunks-full']);
  const given = openRoutes({ ...CALL, sid: 'CA3' });
  const up = given.next();
  await passTime(clock, 1_500);
  given.close();
  expect([await up, clock.pending()]).toEqual([null, 1]);
});

test('what is closed gives back what it took, also while it is being taken', async () => {
  const { routes, limits, clock, openRoutes } = openBench(inOrder({ maxChannels: 2, maxCallsPerSecond: 1 }));
  limits.waitMs = 500;
  await routes.reserve();
  routes.close();
  const waiting = openRoutes({ ...CALL, sid: 'CA2' });
  const routed = waiting.next();
  waiting.close();
  const late = openRoutes({ ...CALL, sid: 'CA3' });
  const reserved = late.reserve();
  late.close();
  await passTime(clock, 600);
  expect([await routed, await reserved]).toEqual([null, null]);
  expect(limits.held).toEqual([]);
});

test('of many calls that wait, one alone tries out a trunk that rested', async () => {
  const bench = openBench(inOrder({}));
  const [trunk] = bench.book.trunks();
  if (!trunk) throw new Error('there is a trunk');
  for (let n = 0; n < FAILURES_TO_OPEN; n += 1)
    bench.states.tell(trunk, { kind: 'failed', trouble: CONGESTED, retryAfterSeconds: null });
  bench.clock.advance(10_000);
  const routed = await Promise.all(
    Array.from({ length: 20 }, (_, n) => bench.openRoutes({ ...CALL, sid: `CA${n}` }).next()),
  );
  expect(routed.filter((one) => one !== null)).toHaveLength(1);
});

test('channels are kept for as long as they are held, and nothing runs after that', async () => {
  const { limits, clock, openRoutes } = openBench(inOrder({ maxChannels: 5 }));
  const routed = [];
  for (const sid of ['CA1', 'CA2']) routed.push(await openRoutes({ ...CALL, sid }).next());
  routed[0]?.release();
  await passTime(clock, KEEP_MS + 500);
  expect(limits.kept.map((held) => held.map(({ holder }) => holder))).toEqual([['CA2']]);
  routed[1]?.release();
  await passTime(clock, 3 * KEEP_MS);
  expect(limits.kept).toHaveLength(1);
  expect(clock.pending()).toBe(0);
});
