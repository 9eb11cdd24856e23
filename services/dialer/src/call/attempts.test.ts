import type { Attempt } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { beginAttempt, endAttempt } from './attempts.js';

const T1 = '2026-11-24T12:00:00.000Z';
const T2 = '2026-11-24T12:00:01.000Z';
const BUSY = { sipCode: 486, sipReason: 'Busy Here', failure: 'busy' } as const;

test('an attempt begins open and ends once', () => {
  const begun = beginAttempt([], '192.0.2.1:5060', T1);
  expect(begun).toEqual([
    { trunk: '192.0.2.1:5060', startedAt: T1, endedAt: null, sipCode: null, sipReason: null, failure: null },
  ]);
  const ended = endAttempt(begun, BUSY, T2);
  expect(ended).toEqual([{ trunk: '192.0.2.1:5060', startedAt: T1, endedAt: T2, ...BUSY }]);
  expect(endAttempt(ended, { ...BUSY, failure: 'declined' }, T2)).toBe(ended);
  expect(endAttempt([], BUSY, T2)).toEqual([]);
});

test('of many attempts the last 20 are kept', () => {
  let attempts: Attempt[] = [];
  for (let n = 1; n <= 25; n += 1) attempts = endAttempt(beginAttempt(attempts, `t${n}`, T1), BUSY, T2);
  expect(attempts).toHaveLength(20);
  expect([attempts[0]?.trunk, attempts.at(-1)?.trunk]).toEqual(['t6', 't25']);
});
