import { expect, test } from 'vitest';
import { readAddress } from './read-address.js';

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
