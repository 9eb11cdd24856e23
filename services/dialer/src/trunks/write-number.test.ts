import type { Trunk } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { writeCalled, writeNumber } from './write-number.js';

test.each<[string, Partial<Trunk>, string]>([
  ['+15551230001', {}, '+15551230001'],
  ['15551230001', {}, '15551230001'],
  ['15551230001', { numberFormat: 'plus' }, '+15551230001'],
  ['+15551230001', { numberFormat: 'no-plus' }, '15551230001'],
  ['+15551230001', { stripDigits: 1 }, '5551230001'],
  ['+4930123456', { stripDigits: 2, numberPrefix: '0' }, '030123456'],
  ['+4930123456', { numberPrefix: '00' }, '004930123456'],
  ['+4930123456', { numberPrefix: '00', numberFormat: 'no-plus' }, '004930123456'],
  ['030123456', { stripDigits: 1, numberPrefix: '+49' }, '+4930123456'],
  ['030123456', { stripDigits: 1, numberPrefix: '49', numberFormat: 'plus' }, '+4930123456'],
  ['+4930123456', { numberPrefix: '99#', numberFormat: 'plus' }, '99#+4930123456'],
  ['+4930123456', { numberPrefix: '99#', numberFormat: 'no-plus' }, '99#4930123456'],
  ['030123456', { stripDigits: 1, numberPrefix: '+49', numberFormat: 'no-plus' }, '4930123456'],
  ['112', { numberFormat: 'plus' }, '112'],
  ['*100#', { numberFormat: 'plus' }, '*100#'],
  ['+49112', { numberFormat: 'plus' }, '+49112'],
  ['112', { stripDigits: 3 }, '112'],
  ['alice', { stripDigits: 2, numberPrefix: '0', numberFormat: 'plus' }, 'alice'],
  ['+1555x', { stripDigits: 2 }, '+1555x'],
])('%s with %o is called as %s', (called, rules, written) => {
  const none = { stripDigits: 0, numberPrefix: '', numberFormat: 'as-given' } as const;
  expect(writeCalled(called, { ...none, ...rules })).toBe(written);
});

test.each([
  ['+15559990000', 'no-plus', '15559990000'],
  ['15559990000', 'plus', '+15559990000'],
  ['+15559990000', 'as-given', '+15559990000'],
  ['anonymous', 'plus', 'anonymous'],
  ['1000', 'plus', '1000'],
] as const)('the caller %s is written %s as %s', (number, format, written) => {
  expect(writeNumber(number, format)).toBe(written);
});
