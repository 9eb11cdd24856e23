import { expect, test } from 'vitest';
import { catchUp } from './catch-up.js';

/** A stream that goes on while history follows one event a look. */
function busyStream(handled: number) {
  const seen = { last: 10, handled };
  return {
    seen,
    progress: async () => {
      seen.handled += 1;
      seen.last += 1;
      return { ...seen };
    },
  };
}

test('waits for what had happened before, and not for what happens meanwhile', async () => {
  const stream = busyStream(7);
  await catchUp(stream, 60_000);
  expect(stream.seen.handled).toBe(11);
});

test('gives up when the time is up, or the bus is away', async () => {
  await catchUp({ progress: async () => ({ last: 10, handled: 0 }) }, 0);
  await catchUp({ progress: () => Promise.reject(new Error('away')) }, 60_000);
});
