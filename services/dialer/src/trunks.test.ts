import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { calleeUri, callerUri } from './addresses.js';
import { createHostResolver } from './resolve-host.js';
import { parseTrunks } from './trunks.js';

test('trunks are SIP URIs in the order to try them', () => {
  expect(parseTrunks('sip:192.0.2.1, sip:a%3Ab:s%40p@[2001:db8::1]:5070;transport=UDP')).toEqual([
    { host: '192.0.2.1', port: 5060 },
    { host: '2001:db8::1', port: 5070, credentials: { username: 'a:b', password: 's@p' } },
  ]);
});

test.each([
  [' , ', 'at least one'],
  ['sip:192.0.2.1,sips:hush:hush@x', 'trunk 2'],
  ['sip:u:hush@192.0.2.1;transport=tcp', 'only udp'],
  ['sip:u:%zz@192.0.2.1', 'trunk 1'],
  ['hush', 'trunk 1'],
])('%s is refused without a word of its password', (text, message) => {
  expect(() => parseTrunks(text)).toThrow(message);
  expect(() => parseTrunks(text)).not.toThrow('hush');
});

test.each([
  ['+15551230001', 'sip:+15551230001@192.0.2.1:5060'],
  ['alice@example.com', 'sip:alice%40example.com@192.0.2.1:5060'],
  ['a;b?c\r\nVia: x', 'sip:a%3Bb%3Fc%0D%0AVia%3A%20x@192.0.2.1:5060'],
  ['ä', 'sip:%C3%A4@192.0.2.1:5060'],
])('%s is called as %s', (to, uri) => {
  expect(calleeUri(to, { host: '192.0.2.1', port: 5060 })).toBe(uri);
});

test('a caller is at our own address, and IPv6 gets its brackets', () => {
  expect(callerUri('alice', '2001:db8::1', 5060)).toBe('sip:alice@[2001:db8::1]:5060');
});

test('names are looked up once for many, remembered, and believed when DNS fails', async () => {
  const clock = createVirtualClock();
  const asked: string[] = [];
  let answer: string | null = '192.0.2.5';
  const find = async (host: string) => {
    asked.push(host);
    if (answer === null) throw new Error('SERVFAIL');
    return answer;
  };
  const resolver = createHostResolver({ clock, family: 4, find });
  expect(await Promise.all([resolver.resolve('a.example'), resolver.resolve('a.example')])).toEqual([
    '192.0.2.5',
    '192.0.2.5',
  ]);
  expect(asked).toHaveLength(1);
  clock.advance(31_000);
  answer = null;
  expect(await resolver.resolve('a.example')).toBe('192.0.2.5');
  await expect(resolver.resolve('b.example')).rejects.toThrow('no address for b.example');
  expect(await resolver.resolve('192.0.2.9')).toBe('192.0.2.9');
});

test('a DNS that says nothing is given up', async () => {
  const clock = createVirtualClock();
  const resolver = createHostResolver({ clock, family: 4, find: () => new Promise(() => {}) });
  const found = resolver.resolve('slow.example');
  clock.advance(3_000);
  await expect(found).rejects.toThrow('no address for slow.example');
});
