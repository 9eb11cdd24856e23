import { expect, test } from 'vitest';
import {
  type BreakerInput,
  type BreakerState,
  CLOSED,
  FAILURES_TO_OPEN,
  FIRST_OPEN_MS,
  LONGEST_OPEN_MS,
  PROBE_MS,
  stepBreaker,
  WINDOW_MS,
} from './breaker.js';

const CONGESTED = { why: '503 Service Unavailable', isSilence: false };
const SILENT = { why: 'no response', isSilence: true };
const failed = (trouble = CONGESTED): BreakerInput => ({ kind: 'failed', trouble });

/** Inputs at their times, ms. */
function run(
  inputs: readonly (readonly [BreakerInput, number])[],
  from: BreakerState = CLOSED,
): BreakerState {
  return inputs.reduce((state, [input, nowMs]) => stepBreaker(state, input, nowMs), from);
}

const failures = (count: number, everyMs: number) =>
  Array.from({ length: count }, (_, n) => [failed(), n * everyMs] as const);

test('so many failures in a row open it, for ten seconds', () => {
  expect(run(failures(FAILURES_TO_OPEN - 1, 1_000)).name).toBe('closed');
  expect(run(failures(FAILURES_TO_OPEN, 1_000))).toEqual({
    name: 'open',
    untilMs: 4_000 + FIRST_OPEN_MS,
    openings: 1,
    trouble: CONGESTED,
  });
});

test('failures with a success between, or over a longer time, open nothing', () => {
  const rare = failures(20, WINDOW_MS / (FAILURES_TO_OPEN - 1));
  expect(run(rare).name).toBe('closed');
  const mixed = failures(20, 10).flatMap((one, n) =>
    n % (FAILURES_TO_OPEN - 1) === 0 ? [one, [{ kind: 'succeeded' }, one[1]] as const] : [one],
  );
  expect(run(mixed).name).toBe('closed');
});

const OPEN: BreakerState = { name: 'open', untilMs: 10_000, openings: 1, trouble: CONGESTED };
const HALF: BreakerState = { name: 'half-open', probeUntilMs: null, openings: 1, trouble: CONGESTED };
const PROBING: BreakerState = { ...HALF, probeUntilMs: 10_000 + PROBE_MS };

test.each<[string, BreakerState, BreakerInput, number, BreakerState]>([
  ['open: late news of calls before changes nothing', OPEN, { kind: 'succeeded' }, 9_000, OPEN],
  ['open: neither do failures', OPEN, failed(), 9_000, OPEN],
  ['open: nor a sign of life', OPEN, { kind: 'alive' }, 9_000, OPEN],
  ['open: until its time is over', OPEN, { kind: 'time' }, 9_999, OPEN],
  ['open: then it is half-open', OPEN, { kind: 'time' }, 10_000, HALF],
  ['half-open: one call is given to it', HALF, { kind: 'taken' }, 10_000, PROBING],
  ['half-open: that succeeds', PROBING, { kind: 'succeeded' }, 11_000, CLOSED],
  [
    'half-open: that fails, and it rests twice as long',
    PROBING,
    failed(SILENT),
    11_000,
    { name: 'open', untilMs: 11_000 + 2 * FIRST_OPEN_MS, openings: 2, trouble: SILENT },
  ],
  ['half-open: that is taken back', PROBING, { kind: 'withdrawn' }, 11_000, HALF],
  ['half-open: that says nothing of itself', PROBING, { kind: 'time' }, 10_000 + PROBE_MS, HALF],
  ['half-open: that is waited for', PROBING, { kind: 'time' }, 9_999 + PROBE_MS, PROBING],
  ['half-open: OPTIONS say nothing of a 503', HALF, { kind: 'alive' }, 11_000, HALF],
  ['half-open: OPTIONS end a silence', { ...HALF, trouble: SILENT }, { kind: 'alive' }, 11_000, CLOSED],
  ['closed: a call that is taken back', CLOSED, { kind: 'withdrawn' }, 0, CLOSED],
  ['closed: a call that is given', CLOSED, { kind: 'taken' }, 0, CLOSED],
  ['closed: a sign of life', CLOSED, { kind: 'alive' }, 0, CLOSED],
])('%s', (_, state, input, nowMs, after) => {
  expect(stepBreaker(state, input, nowMs)).toEqual(after);
});

test('each opening that follows on another is twice as long, and none is longer than five minutes', () => {
  let state: BreakerState = OPEN;
  const lengths: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const atMs = state.name === 'open' ? state.untilMs : 0;
    state = run(
      [
        [{ kind: 'time' }, atMs],
        [{ kind: 'taken' }, atMs],
        [failed(), atMs],
      ],
      state,
    );
    lengths.push(state.name === 'open' ? state.untilMs - atMs : 0);
  }
  expect(lengths).toEqual([20_000, 40_000, 80_000, 160_000, ...Array(4).fill(LONGEST_OPEN_MS)]);
});
