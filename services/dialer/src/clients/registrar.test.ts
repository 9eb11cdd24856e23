import type { Client, DirectoryEntry } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { createInboundWorld, makeClient } from '../testing/inbound-bench.js';
import { createPhone } from '../testing/inbound-parties.js';
import { passTime } from '../testing/pass-time.js';

const DIALER = { host: '192.0.2.9', port: 5060 };
const DESK = { host: '203.0.113.5', port: 5062 };
const MOBILE = { host: '203.0.113.6', port: 5070 };

async function start(client: Client = makeClient('alice', 'pw'), more: DirectoryEntry[] = []) {
  const at = await createInboundWorld({ entries: [{ kind: 'client', client }, ...more] });
  const dialer = await at.startDialer('d1', DIALER);
  const phone = (place = DESK, password = 'pw') =>
    createPhone(at.agentAt, { at: place, login: client.login, password, dialer: DIALER });
  const bindings = async () => (await at.bus.locations.read(client.sid))?.bindings ?? [];
  return { ...at, client, dialer, phone, bindings };
}

test('a device that gives its password is known to all dialers: where it is, and through whom', async () => {
  const at = await start();
  const phone = at.phone();
  phone.register();
  await passTime(at.clock, 1_000);
  expect(phone.states).toEqual(['registered']);
  expect(await at.bindings()).toMatchObject([
    {
      contact: expect.stringMatching(/^sip:alice@203\.0\.113\.5:5062/),
      source: { protocol: 'UDP', ...DESK },
      dialerId: 'd1',
      dialerAddress: '192.0.2.9:5060',
      expiresAt: expect.stringMatching(/^2026-11-24T12:10:0/),
      q: 1,
    },
  ]);
  expect(at.dialer.door.counts().registrations).toBe(1);
});

test('it comes again before its time is over, and leaves when it goes', async () => {
  const at = await start();
  const registration = at.phone();
  const kept = registration.register();
  await passTime(at.clock, 700_000);
  const [binding] = await at.bindings();
  expect(Date.parse(binding?.expiresAt ?? '')).toBeGreaterThan(at.now().getTime());
  void kept.stop();
  await passTime(at.clock, 1_000);
  expect(await at.bindings()).toEqual([]);
});

test('several devices of one client are kept beside each other, and those that never come again are cleaned away', async () => {
  const at = await start();
  at.phone(DESK).register();
  await passTime(at.clock, 1_000);
  const silent = at.phone(MOBILE);
  silent.register();
  await passTime(at.clock, 1_000);
  expect((await at.bindings()).map(({ source }) => source.host)).toEqual([DESK.host, MOBILE.host]);
  at.network.loses = ({ from }) => (from.host === MOBILE.host ? true : null);
  await passTime(at.clock, 1_200_000);
  expect((await at.bindings()).map(({ source }) => source.host)).toEqual([DESK.host]);
  expect(at.dialer.door.counts().registrations).toBe(1);
});

test('a wrong password registers nothing', async () => {
  const at = await start();
  const phone = at.phone(DESK, 'guess');
  phone.register();
  await passTime(at.clock, 1_000);
  expect(phone.states).toEqual(['failed 403']);
  expect(await at.bindings()).toEqual([]);
});

test('a client that is switched off is told so', async () => {
  const at = await start(makeClient('alice', 'pw', { enabled: false }));
  const phone = at.phone();
  phone.register();
  await passTime(at.clock, 1_000);
  expect(phone.states).toEqual(['failed 403']);
  expect(await at.bindings()).toEqual([]);
});

test('while the bus is away a device is asked to come again', async () => {
  const at = await start();
  at.bus.isAway = true;
  const phone = at.phone();
  phone.register();
  await passTime(at.clock, 1_000);
  expect(phone.states).toEqual(['failed 503']);
  at.bus.isAway = false;
  await passTime(at.clock, 120_000);
  expect(phone.states.at(-1)).toBe('registered');
});
