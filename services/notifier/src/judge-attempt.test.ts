import { expect, test } from 'vitest';
import { type Attempt, type AttemptHistory, judgeAttempt, RETRY_WAITS_SECONDS } from './judge-attempt.js';

const NOW = Date.parse('2026-11-24T09:00:00Z');

function judge(attempt: Attempt, history: Partial<AttemptHistory> = {}) {
  return judgeAttempt(attempt, { attempts: 1, receivedMs: NOW, nowMs: NOW, random: 0.5, ...history });
}

const answered = (status: number, retryAfter: string | null = null): Attempt => ({
  kind: 'answered',
  status,
  retryAfter,
});

test.each([200, 201, 202, 204, 299])('%i is done', (status) => {
  expect(judge(answered(status))).toEqual({ kind: 'done' });
});

test.each([408, 429, 500, 502, 503, 504, 599])('%i is tried again', (status) => {
  expect(judge(answered(status))).toEqual({ kind: 'retry', afterMs: 1000, reason: `status ${status}` });
});

test.each([300, 302, 304, 400, 401, 403, 404, 410, 422])('%i is not tried again', (status) => {
  expect(judge(answered(status))).toEqual({ kind: 'give-up', why: 'refused', reason: `status ${status}` });
});

test('without an answer it depends on whether a retry can help', () => {
  expect(judge({ kind: 'failed', retryable: true, reason: 'refused' })).toMatchObject({ kind: 'retry' });
  expect(judge({ kind: 'failed', retryable: false, reason: 'private' })).toEqual({
    kind: 'give-up',
    why: 'refused',
    reason: 'private',
  });
});

test('waits grow to about 13 minutes together, and then it is given up', () => {
  const waits = RETRY_WAITS_SECONDS.map((_, n) => judge(answered(500), { attempts: n + 1 }));
  expect(waits.map((verdict) => verdict.kind === 'retry' && verdict.afterMs / 1000)).toEqual([
    ...RETRY_WAITS_SECONDS,
  ]);
  expect(RETRY_WAITS_SECONDS.reduce((sum, wait) => sum + wait, 0) / 60).toBeCloseTo(13.5, 0);
  expect(judge(answered(500), { attempts: RETRY_WAITS_SECONDS.length + 1 })).toMatchObject({
    kind: 'give-up',
    why: 'exhausted',
  });
});

test('waits are spread by a fifth', () => {
  expect(judge(answered(500), { random: 0 })).toMatchObject({ afterMs: 800 });
  expect(judge(answered(500), { random: 1 })).toMatchObject({ afterMs: 1200 });
});

test.each([
  ['30', 30_000],
  ['0', 1000],
  ['86400', 300_000],
  ['99999999999999999999', 300_000],
  ['Tue, 24 Nov 2026 09:00:42 GMT', 42_000],
  ['Tue, 24 Nov 2026 08:00:00 GMT', 1000],
  ['-5', 1000],
  ['soon', 1000],
  ['', 1000],
])('Retry-After %j waits %i ms', (retryAfter, afterMs) => {
  expect(judge(answered(429, retryAfter))).toMatchObject({ kind: 'retry', afterMs });
  expect(judge(answered(503, retryAfter))).toMatchObject({ kind: 'retry', afterMs });
});

test('what has waited too long behind others is given up', () => {
  expect(judge(answered(500), { receivedMs: NOW - 21 * 60_000 })).toMatchObject({ why: 'exhausted' });
});
