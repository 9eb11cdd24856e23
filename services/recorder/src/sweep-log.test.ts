import { expect, test } from 'vitest';
import { createLogSweep } from './sweep-log.js';

const NOW = Date.parse('2026-11-24T12:00:00.000Z');
const RUNNING = new AbortController().signal;

function setUp(present: number, retentionDays: number | null) {
  const asked: { bound: string; limit: number }[] = [];
  const since: Date[] = [];
  let left = present;
  const log = {
    eraseLateCallEvents: async (deletedSince: Date) => {
      since.push(deletedSince);
      return 1;
    },
    deleteCallEventsBefore: async (bound: string, limit: number) => {
      asked.push({ bound, limit });
      const count = Math.min(left, limit);
      left -= count;
      return count;
    },
  };
  return { log, sweep: createLogSweep({ log, retentionDays, now: () => NOW }), asked, since };
}

test('lines of calls older than history is kept go in batches, until none is left', async () => {
  const { sweep, asked, since } = setUp(4_500, 10);
  expect(await sweep(RUNNING)).toEqual({ expired: 4_500, erased: 1 });
  expect(asked.map(({ limit }) => limit)).toEqual([2_000, 2_000, 2_000]);
  // 2026-11-14T12:00:00.000Z in ms, in hex
  expect(asked[0]?.bound).toBe(`CA01a1d9edc200${'0'.repeat(20)}`);
  expect(since).toEqual([new Date('2026-11-23T12:00:00.000Z')]);
});

test('what is kept for ever is only looked through for calls that were deleted', async () => {
  const { sweep, asked } = setUp(4_500, null);
  expect(await sweep(RUNNING)).toEqual({ expired: 0, erased: 1 });
  expect(asked).toEqual([]);
});

test('a sweep that is told to stop begins no further batch', async () => {
  const stop = new AbortController();
  const { log, asked } = setUp(4_500, 10);
  const deleteSome = log.deleteCallEventsBefore;
  log.deleteCallEventsBefore = (bound, limit) => {
    stop.abort();
    return deleteSome(bound, limit);
  };
  await createLogSweep({ log, retentionDays: 10, now: () => NOW })(stop.signal);
  expect(asked).toHaveLength(1);
});
