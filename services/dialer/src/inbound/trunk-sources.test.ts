import type { Trunk } from '@trunkline/contracts';
import { plainTrunk } from '@trunkline/contracts/testing';
import type { SipAddress } from '@trunkline/sip';
import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { settle } from '../testing/pass-time.js';
import { createQuietLog } from '../testing/quiet-log.js';
import { createTrunkSources, MAX_REMEMBERED } from './trunk-sources.js';

function open(trunks: Trunk[], addresses: Record<string, string[] | Error>) {
  const clock = createVirtualClock();
  const sources = createTrunkSources({
    trunks: () => trunks,
    resolve: async ({ host, port }): Promise<SipAddress[]> => {
      const found = addresses[host] ?? [host];
      if (found instanceof Error) throw found;
      return found.map((one) => ({ host: one, port: port ?? 5060 }));
    },
    clock,
    log: createQuietLog(),
  });
  const namesAt = (host: string) => sources.at(host).map(({ name }) => name);
  return { clock, sources, namesAt };
}

test('a trunk calls from the addresses that its name has, and from those that are listed, alone or as a range', async () => {
  const carrier = plainTrunk({
    name: 'carrier',
    host: 'sip.example.com',
    inboundAddresses: ['203.0.113.0/28', '198.51.100.7', '2001:db8::/32', 'nonsense', '10.0.0.0/99'],
  });
  const { sources, namesAt } = open([carrier], { 'sip.example.com': ['192.0.2.1', '192.0.2.2'] });
  sources.start();
  await settle();
  for (const host of ['192.0.2.1', '192.0.2.2', '203.0.113.15', '198.51.100.7', '2001:db8::5'])
    expect(namesAt(host)).toEqual(['carrier']);
  for (const host of ['192.0.2.3', '203.0.113.16', '198.51.100.8', '2001:db9::5', '10.0.0.1', 'nonsense'])
    expect(namesAt(host)).toEqual([]);
  expect(sources.isTargetOf(carrier, { host: '192.0.2.1', port: 5060 })).toBe(true);
  expect(sources.isTargetOf(carrier, { host: '192.0.2.1', port: 5061 })).toBe(false);
});

test.each([
  '::ffff:0:0/96',
  '::FFFF:0.0.0.0/90',
  '::/0',
  '::/64',
  '::ffff:192.0.2.0/100',
  '::ffff:203.0.113.9',
  '10.0.0.0/',
  '2001:db8::/x',
])('%s, which could stand for any IPv4 address or for everybody, stands for nobody', async (written) => {
  const wide = plainTrunk({ name: 'wide', host: '192.0.2.99', inboundAddresses: [written, '2001:db8::/32'] });
  const { sources, namesAt } = open([wide], {});
  sources.start();
  await settle();
  for (const host of ['192.0.2.1', '203.0.113.9', '10.0.0.1', '::ffff:203.0.113.9', '2001:db9::5'])
    expect(namesAt(host)).toEqual([]);
  for (const host of ['192.0.2.99', '2001:db8::5']) expect(namesAt(host)).toEqual(['wide']);
});

test('two trunks may have one address, and one that is switched off has none', async () => {
  const trunks = [
    plainTrunk({ name: 'a' }),
    plainTrunk({ name: 'b', host: '192.0.2.9', inboundAddresses: ['192.0.2.0/24'] }),
    plainTrunk({ name: 'c', enabled: false }),
  ];
  const { sources, namesAt } = open(trunks, {});
  sources.start();
  await settle();
  expect(namesAt('192.0.2.1').sort()).toEqual(['a', 'b']);
  expect(namesAt('192.0.2.77')).toEqual(['b']);
});

test('what changes in the directory counts soon, and what changes in DNS within a minute', async () => {
  const trunks: Trunk[] = [];
  const addresses: Record<string, string[] | Error> = { 'a.test': ['192.0.2.1'] };
  const { clock, sources, namesAt } = open(trunks, addresses);
  sources.start();
  await settle();
  expect(namesAt('192.0.2.1')).toEqual([]);
  trunks.push(plainTrunk({ name: 'a', host: 'a.test' }));
  sources.refresh();
  sources.refresh();
  clock.advance(200);
  await settle();
  expect(namesAt('192.0.2.1')).toEqual(['a']);
  addresses['a.test'] = ['192.0.2.2'];
  clock.advance(60_000);
  await settle();
  expect(namesAt('192.0.2.1')).toEqual([]);
  expect(namesAt('192.0.2.2')).toEqual(['a']);
  addresses['a.test'] = new Error('SERVFAIL');
  clock.advance(60_000);
  await settle();
  expect(namesAt('192.0.2.2')).toEqual(['a']);
  sources.stop();
  expect(clock.pending()).toBe(0);
});

test('of a wide range, which anybody could pretend to send from, not every address is remembered', async () => {
  const wide = plainTrunk({ name: 'wide', inboundAddresses: ['10.0.0.0/8'] });
  const { sources, namesAt } = open([wide], {});
  sources.start();
  await settle();
  const maps = () => Object.values(sources).filter((one) => one instanceof Map);
  for (let n = 0; n < MAX_REMEMBERED + 5; n += 1) sources.at(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  expect(Math.max(...maps().map(({ size }) => size))).toBeLessThanOrEqual(MAX_REMEMBERED);
  expect([namesAt('192.0.2.1'), namesAt('10.9.9.9')]).toEqual([['wide'], ['wide']]);
});
