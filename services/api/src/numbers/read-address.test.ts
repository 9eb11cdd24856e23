import { expect, test } from 'vitest';
import { dialedNumbers, readAddress, storedAddress } from './read-address.js';

test.each([
  ['+15551230001', '+15551230001'],
  ['+1 (555) 123-0001', '+15551230001'],
  ['+1.555.123.0001', '+15551230001'],
  ['+6834000', '+6834000'],
  ['+80012345678', '+80012345678'],
  ['+15551230001234', '+15551230001234'],
  ['+49 (0)30 / 901820', '+4930901820'],
  ['\u202a+1 555\u2011123\u20110001\u202c', '+15551230001'],
  ['(555) 123-0001', '5551230001'],
  ['100', '100'],
  ['9-1-1', '911'],
  ['12345678901234567890', '12345678901234567890'],
  ['alice', 'alice'],
  ['*43', '*43'],
  ['1-800-FLOWERS', '1-800-FLOWERS'],
  ['*31# 030-901820', '*31#030901820'],
  ['\uff0b１ ５５５ １２３ ０００１', '+15551230001'],
  ['ａlice', 'alice'],
  ["o'brien_2+work~x.y", "o'brien_2+work~x.y"],
  ['Zo\u0308e', 'Z\u00f6e'],
  ['\u0938\u0902\u0917\u0940\u0924', '\u0938\u0902\u0917\u0940\u0924'],
])('%s is %s', (given, address) => {
  expect(readAddress(given)).toEqual({ address });
});

test.each([
  ['+', 'is not a possible number'],
  ['+0155512300', 'is not a possible number'],
  ['+1555', 'is not a possible number'],
  ['+155512', 'is not a possible number'],
  ['+210123456789', 'is not a possible number'],
  ['+1234567890123456', 'is not a possible number'],
  ['+999123456789', 'is not a possible number'],
  ['+1555123000x', 'is not a possible number'],
  ['+alice', 'is not a possible number'],
  ['123456789012345678901', 'has more than 20 digits'],
  ['sip:alice@example.com', 'SIP and other URIs are not supported yet'],
  ['client:alice', 'SIP and other URIs are not supported yet'],
  ['\ufdfa'.repeat(8), 'is longer than 128 characters'],
])('%s is refused', (given, complaint) => {
  expect(readAddress(given)).toEqual({ complaint: expect.stringContaining(complaint) });
});

test.each([
  'alice smith',
  '1;x=y',
  '"a"<sip',
  'a&911',
  'a%39',
  'a$x',
  'a!b',
  'a(b)',
  'a/b',
  '*67alice',
  'alice#',
])('%s is no name', (given) => {
  const complaint = "must be a number or a name: names have letters, digits and . _ - + ~ ' only";
  expect(readAddress(given)).toEqual({ complaint });
});

test.each(['alice\u200b', '9\u200b1\u200b1', '911\u3164', 'a\u00adb', '9\ufe0f\u20e31', '\ufeff911'])(
  '%j has something that is not seen',
  (given) => {
    expect(readAddress(given)).toEqual({ complaint: 'has an invisible character' });
  },
);

test.each([
  '...',
  '####',
  '911*',
  '911=',
  "911'",
  '[911]',
  '911\u02bc',
  '911\u20dd',
  '1+911',
  '1+5551230002',
  '%39%31%31',
  '\u0669\u0661\u0661',
  '5551230001#',
  '*67+15551230001',
  '*',
  '_',
  '1\ud83d\ude00',
])('%s has no letter, and is no name', (given) => {
  expect(readAddress(given)).toEqual({ complaint: expect.stringContaining('without a letter') });
});

test.each([
  ['911', ['911']],
  ['\uff19\u00b9\u2460', ['911']],
  ['911#', ['911']],
  ['911*', ['911']],
  ['911*1', ['9111', '911']],
  ['*911', ['911', '1']],
  ['# 9-1-1', ['911', '1']],
  ['\uff0a911', ['911', '1']],
  ['*67911', ['67911', '911']],
  ['*82 9-1-1', ['82911', '911']],
  ['(*67) 911', ['67911', '911']],
  ['*67+1911', ['+1911']],
  ['#31#112', ['31112', '112']],
  ['*31#112#', ['31112', '112']],
  ['*31#*67112', ['3167112', '67112', '112']],
  ['*67*#911', ['67911', '911', '1']],
  ['*6715551230001', ['6715551230001', '15551230001']],
  ['*43', ['43']],
  ['alice', []],
  ['*67alice', []],
  ['####', []],
])('of %s a network dials %j', (given, numbers) => {
  expect(dialedNumbers(given)).toEqual(numbers);
});

test.each([
  ['+1 (555) 123-0001', '+15551230001'],
  ['+1 555', '+1555'],
  ['ａlice', 'alice'],
  ['*31# 112', '*31#112'],
  ['911=', '911='],
  ['sip:alice@example.com', 'sip:alice@example.com'],
])('%s is looked for as %s', (given, stored) => {
  expect(storedAddress(given)).toBe(stored);
});

test('nothing but service codes is read at once', () => {
  const startedMs = performance.now();
  for (const given of ['*67'.repeat(40), '#'.repeat(128), '*1111'.repeat(25)]) dialedNumbers(given);
  expect(performance.now() - startedMs).toBeLessThan(100);
});
