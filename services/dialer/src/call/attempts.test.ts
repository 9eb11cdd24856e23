import { expect, test } from 'vitest';
import { AttemptList, endAttempts } from './attempts.js';

const T1 = '2026-11-24T12:00:00.000Z';
const T2 = '2026-11-24T12:00:01.000Z';
const BUSY = { sipCode: 486, sipReason: 'Busy Here', q850Cause: 17, failure: 'busy' } as const;
const start = (trunk: string) => ({ trunk, trunkSid: null, target: null, why: 'priority 10' });
const OPEN = { endedAt: null, sipCode: null, sipReason: null, q850Cause: null, failure: null, error: null };

test('an attempt begins open and ends once', () => {
  const list = new AttemptList();
  const end = list.begin(start('carrier'), T1);
  expect(list.all()).toEqual([{ ...start('carrier'), startedAt: T1, ...OPEN }]);
  expect(end(BUSY, T2)).toBe(true);
  const ended = { ...start('carrier'), startedAt: T1, endedAt: T2, ...BUSY, error: null };
  expect(list.all()).toEqual([ended]);
  expect(end({ ...BUSY, failure: 'declined' }, T2)).toBe(false);
  expect(list.all()).toEqual([ended]);
});

test('of several that are under way at once each has its own end', () => {
  const list = new AttemptList();
  const ends = ['desk', 'mobile'].map((name) => list.begin(start(name), T1));
  ends[0]?.(BUSY, T2);
  expect(list.all()).toMatchObject([
    { trunk: 'desk', ...BUSY },
    { trunk: 'mobile', ...OPEN },
  ]);
  expect(endAttempts(list.all(), { ...BUSY, failure: 'drained' }, T2)).toMatchObject([
    { trunk: 'desk', failure: 'busy' },
    { trunk: 'mobile', failure: 'drained', endedAt: T2 },
  ]);
});

test('of many attempts the last 20 are kept, and one that is kept no more can still end', () => {
  const list = new AttemptList();
  const ends = Array.from({ length: 25 }, (_, n) => list.begin(start(`t${n + 1}`), T1));
  expect(ends[0]?.(BUSY, T2)).toBe(false);
  expect(list.all()).toHaveLength(20);
  expect([list.all()[0]?.trunk, list.all().at(-1)?.trunk]).toEqual(['t6', 't25']);
});
