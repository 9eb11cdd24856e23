import type { Binding, Location } from '@trunkline/contracts';
import { mintSid } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { type DeviceFinder, findDevices } from './find-devices.js';

const NOW = Date.parse('2026-11-24T12:00:00.000Z');
const finder: DeviceFinder = {
  nowMs: NOW,
  dialerId: 'd1',
  isAlive: (id) => id === 'd2',
  edgeRoute: ({ source, dialerAddress }) => `<sip:${source.host}@${dialerAddress};lr>`,
};

const binding = (contact: string, changes: Partial<Binding> = {}): Binding => ({
  contact,
  source: { protocol: 'UDP', host: '203.0.113.5', port: 5062 },
  dialerId: 'd1',
  dialerAddress: '192.0.2.9:5060',
  callId: 'c',
  cseq: 1,
  expiresAt: '2026-11-24T12:10:00.000Z',
  q: 1,
  instanceId: null,
  userAgent: null,
  ...changes,
});
const at = (...bindings: Binding[]): Location => ({ clientSid: mintSid('CL'), bindings });
const elsewhere = { dialerId: 'd2', dialerAddress: '[2001:db8::2]:5070' };

test('a device that is registered here is called where it was seen, over its connection', () => {
  const source = { protocol: 'TLS', host: '203.0.113.5', port: 40_000, connection: '7' } as const;
  expect(findDevices(at(binding('sip:a', { source })), finder)).toEqual([
    [{ contact: 'sip:a', target: source, routes: [], q: 1, way: 'registered here' }],
  ]);
});

test('one of another dialer is called through that dialer', () => {
  expect(findDevices(at(binding('sip:a', elsewhere)), finder)[0]?.[0]).toMatchObject({
    target: { host: '2001:db8::2', port: 5070 },
    routes: ['<sip:203.0.113.5@[2001:db8::2]:5070;lr>'],
  });
});

test('one of a dialer that is gone is called where it was seen, and not at all over a stream', () => {
  const gone = { dialerId: 'd3', dialerAddress: '192.0.2.7:5060' };
  const source = { protocol: 'TCP', host: '203.0.113.5', port: 40_000 } as const;
  const found = findDevices(at(binding('sip:a', gone), binding('sip:b', { ...gone, source })), finder);
  expect(found.flat()).toMatchObject(
    [{ contact: 'sip:a', target: { host: '203.0.113.5', port: 5062 }, routes: [], way: /gone/ }].map(
      (one) => ({ ...one, way: expect.stringMatching(one.way) }),
    ),
  );
});

test('the highest q rings first, and what has expired not at all', () => {
  const groups = findDevices(
    at(
      binding('sip:low', { q: 0.2 }),
      binding('sip:a'),
      binding('sip:late', { expiresAt: '2026-11-24T12:00:00.000Z' }),
      binding('sip:b'),
    ),
    finder,
  );
  expect(groups.map((group) => group.map(({ contact }) => contact))).toEqual([
    ['sip:a', 'sip:b'],
    ['sip:low'],
  ]);
  expect(findDevices(null, finder)).toEqual([]);
});
