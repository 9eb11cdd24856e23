import type { Binding } from '@trunkline/contracts';
import { mintSid } from '@trunkline/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bus } from './bus.js';
import { createTestBus, type TestBus } from './testing.js';

let cluster: TestBus;
let one: Bus;
let two: Bus;

beforeEach(async () => {
  cluster = createTestBus(process.env.TEST_NATS_URL);
  one = await cluster.connect();
  two = await cluster.connect();
});
afterEach(() => cluster.drop());

const device = (port: number): Binding => ({
  contact: `sip:alice@192.0.2.7:${port}`,
  source: { protocol: 'UDP', host: '192.0.2.7', port },
  dialerId: 'd1',
  dialerAddress: '192.0.2.1:5060',
  callId: `c${port}`,
  cseq: 1,
  expiresAt: '2026-11-24T11:00:00.000Z',
  q: 1,
  instanceId: null,
  userAgent: null,
});

test('devices that register at once with different dialers are all known to all', async () => {
  const sid = mintSid('CL');
  const ports = [5061, 5062, 5063, 5064, 5065, 5066];
  await Promise.all(
    ports.map((port) =>
      (port % 2 === 0 ? one : two).locations.change(sid, (before) => ({
        ...before,
        bindings: [...before.bindings, device(port)],
      })),
    ),
  );
  const known = await one.locations.read(sid);
  expect(known?.bindings.map(({ source }) => source.port).sort()).toEqual(ports);
  expect(await two.locations.read(sid)).toEqual(known);
});

test('a change that changes nothing writes nothing, and one that leaves no device is a location without any', async () => {
  const sid = mintSid('CL');
  expect(await one.locations.change(sid, () => null)).toEqual({ clientSid: sid, bindings: [] });
  expect(await one.locations.read(sid)).toBeNull();
  await one.locations.change(sid, (before) => ({ ...before, bindings: [device(5061)] }));
  await two.locations.change(sid, (before) => ({ ...before, bindings: [] }));
  expect(await one.locations.read(sid)).toEqual({ clientSid: sid, bindings: [] });
  await one.locations.change(sid, (before) => ({ ...before, bindings: [device(5062)] }));
  expect((await two.locations.read(sid))?.bindings).toHaveLength(1);
});

test('what one dialer alone may do, the first that asks does, until it lets go', async () => {
  const taken = await Promise.all([
    one.holds.take('register.TK1', 'd1'),
    two.holds.take('register.TK1', 'd2'),
  ]);
  expect(taken.filter(Boolean)).toHaveLength(1);
  const [holder, other] = taken[0] ? ['d1', 'd2'] : ['d2', 'd1'];
  expect(await one.holds.take('register.TK1', holder ?? '')).toBe(true);
  expect(await one.holds.take('register.TK1', other ?? '')).toBe(false);
  await two.holds.release('register.TK1', other ?? '');
  expect(await one.holds.take('register.TK1', other ?? '')).toBe(false);
  await two.holds.release('register.TK1', holder ?? '');
  expect(await one.holds.take('register.TK1', other ?? '')).toBe(true);
});
