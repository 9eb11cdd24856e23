import type { Client, DirectoryEntry } from '@trunkline/contracts';
import type { SipAddress, SipRequest } from '@trunkline/sip';
import { parseMessage } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { createInboundWorld, makeClient } from '../testing/inbound-bench.js';
import { createPhone } from '../testing/inbound-parties.js';
import { passTime } from '../testing/pass-time.js';
import { createRegistrar } from './registrar.js';

const DIALER = { host: '192.0.2.9', port: 5060 };
const DESK = { host: '203.0.113.5', port: 5062 };
const MOBILE = { host: '203.0.113.6', port: 5070 };

const OVER_TCP = { ...DIALER, protocol: 'TCP' } as const;

async function start(client: Client = makeClient('alice', 'pw'), more: DirectoryEntry[] = []) {
  const at = await createInboundWorld({ entries: [{ kind: 'client', client }, ...more] });
  const dialer = await at.startDialer('d1', DIALER);
  const phone = (place = DESK, password = 'pw', to: SipAddress = DIALER) =>
    createPhone(at.agentAt, { at: place, login: client.login, password, dialer: to });
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
  expect(at.dialer.door.counts().registrations).toBe(0);
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

test('a device whose connection breaks is not there any more, and the others are', async () => {
  const at = await start();
  at.phone(DESK).register();
  at.phone(MOBILE, 'pw', OVER_TCP).register();
  await passTime(at.clock, 1_000);
  expect((await at.bindings()).map(({ source }) => source.protocol).sort()).toEqual(['TCP', 'UDP']);
  expect(at.dialer.door.counts().registrations).toBe(2);
  at.network.breakStreams();
  await passTime(at.clock, 100);
  expect((await at.bindings()).map(({ source }) => source.protocol)).toEqual(['UDP']);
  expect(at.dialer.door.counts().registrations).toBe(1);
});

test('a connection that breaks while the bus is away leaves the list as it is', async () => {
  const at = await start();
  at.phone(MOBILE, 'pw', OVER_TCP).register();
  await passTime(at.clock, 1_000);
  at.bus.isAway = true;
  at.network.breakStreams();
  await passTime(at.clock, 100);
  expect(at.log.complaints).toContain('a device that is gone stays listed until it runs out');
  at.bus.isAway = false;
  expect(await at.bindings()).toHaveLength(1);
});

test('more Contacts at once than a client may have devices are refused, and told why', async () => {
  const at = await start();
  const registrar = createRegistrar({
    ...at,
    locations: at.bus.locations,
    dialerId: 'd1',
    dialerAddress: '192.0.2.9:5060',
    expiry: { minSeconds: 60, maxSeconds: 3600, defaultSeconds: 600 },
  });
  const contacts = Array.from({ length: 11 }, (_, n) => `Contact: <sip:alice@203.0.113.5:${6000 + n}>`);
  const lines = [
    'REGISTER sip:trunkline.test SIP/2.0',
    'Via: SIP/2.0/UDP 203.0.113.5:5062;branch=z9hG4bKmany',
    'From: <sip:alice@trunkline.test>;tag=a',
    'To: <sip:alice@trunkline.test>',
    'Call-ID: many',
    'CSeq: 1 REGISTER',
    ...contacts,
  ];
  const request = parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)) as SipRequest;
  const { status, headers } = await registrar.register(request, DESK, { kind: 'client', client: at.client });
  expect(status).toBe(403);
  expect(headers).toEqual([['Warning', expect.stringContaining('at most 10 devices')]]);
  expect(await at.bindings()).toEqual([]);
});
