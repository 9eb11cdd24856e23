import { expect, test } from 'vitest';
import { dialedNumber, readAddress } from './read-address.js';

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
  ['...', '...'],
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
  ['alice smith', 'without blanks'],
  ['1;x=y', 'without blanks'],
  ['"a"<sip', 'without blanks'],
])('%s is refused', (given, complaint) => {
  expect(readAddress(given)).toEqual({ complaint: expect.stringContaining(complaint) });
});

test.each([
  ['911', '911'],
  ['911#', '911'],
  ['911*1', '911'],
  ['*67911', '911'],
  ['*82 9-1-1', '911'],
  ['(*67) 911', '911'],
  ['*67+1911', '+1911'],
  ['#31#112', '112'],
  ['*31#112#', '112'],
  ['*31#*67112', '112'],
  ['*6715551230001', '15551230001'],
  ['*43', null],
  ['alice', null],
  ['*67alice', null],
  ['####', null],
])('of %s a network dials %j', (given, number) => {
  expect(dialedNumber(given)).toBe(number);
});

test('nothing but service codes is read at once', () => {
  const startedMs = performance.now();
  for (const given of ['*67'.repeat(40), '#'.repeat(128), '*1111'.repeat(25)]) dialedNumber(given);
  expect(performance.now() - startedMs).toBeLessThan(100);
});
