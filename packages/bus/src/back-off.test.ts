import { expect, test } from 'vitest';
import { backOffMs } from './back-off.js';

const waits = { firstMs: 200, lastMs: 5_000 };

test('the waits double up to the last, however many failures there were', () => {
  const whole = [0, 1, 4, 5, 5_000].map((failures) => backOffMs(failures, { ...waits, random: () => 1 }));
  expect(whole).toEqual([200, 400, 3_200, 5_000, 5_000]);
});

test('each wait is somewhere between its half and its whole', () => {
  expect(backOffMs(1, { ...waits, random: () => 0 })).toBe(200);
  expect(backOffMs(1, { ...waits, random: () => 0.5 })).toBe(300);
  const drawn = new Set(Array.from({ length: 20 }, () => backOffMs(0, waits)));
  expect(drawn.size).toBeGreaterThan(1);
});
