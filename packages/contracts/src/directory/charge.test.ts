import { expect, test } from 'vitest';
import { chargeOf, noCharge } from './charge.js';
import type { Rate } from './rate.js';

const rate = (changes: Partial<Rate>): Rate => ({
  sid: `RT${'0'.repeat(32)}`,
  accountSid: `AC${'0'.repeat(32)}`,
  direction: 'outbound',
  prefix: '1',
  description: '',
  currency: 'USD',
  connectionFee: '0',
  pricePerMinute: '0.06',
  incrementSeconds: 1,
  dateCreated: '2026-11-24T00:00:00.000Z',
  dateUpdated: '2026-11-24T00:00:00.000Z',
  ...changes,
});

test.each([
  [0, {}, '0.00'],
  [0, { connectionFee: '0.05' }, '0.05'],
  [1, {}, '0.001'],
  [1, { incrementSeconds: 60 }, '0.06'],
  [60, { incrementSeconds: 60 }, '0.06'],
  [61, { incrementSeconds: 60 }, '0.12'],
  [7, { incrementSeconds: 6, pricePerMinute: '0.1' }, '0.02'],
  [3, { connectionFee: '0.1', pricePerMinute: '4' }, '0.30'],
  [1, { pricePerMinute: '0.01' }, '0.00017'],
  [1, { pricePerMinute: '0.0003' }, '0.00001'],
  [86_400, { pricePerMinute: '999999999', connectionFee: '0.000001' }, '1439999998560.00'],
])('%d s of talk at %o cost %s', (seconds, changes, price) => {
  expect(chargeOf(seconds, rate(changes))).toEqual({ price, priceUnit: 'USD' });
});

test('a call that nobody is to pay for costs nothing, in the currency of the account', () => {
  expect(noCharge('EUR')).toEqual({ price: '0.00', priceUnit: 'EUR' });
});
