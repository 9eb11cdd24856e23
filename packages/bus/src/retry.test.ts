import { expect, test } from 'vitest';
import { createRetry } from './retry.js';

test('what fails is tried again until it succeeds, once at a time however often it is asked for', async () => {
  const faults: string[] = [];
  let attempts = 0;
  const run = createRetry({
    attempt: async () => {
      attempts += 1;
      if (attempts < 3) throw new Error(`attempt ${attempts}`);
    },
    isWanted: () => true,
    onError: (error) => faults.push(error.message),
  });
  run();
  run();
  await expect.poll(() => attempts, { timeout: 5_000 }).toBe(3);
  expect(faults).toEqual(['attempt 1', 'attempt 2']);
  await expect
    .poll(() => {
      run();
      return attempts;
    })
    .toBeGreaterThan(3);
});

test('what is not wanted any more is given up', async () => {
  let isWanted = true;
  let attempts = 0;
  const attempt = async () => {
    attempts += 1;
    isWanted = false;
    throw new Error('the connection is gone again');
  };
  const run = createRetry({ attempt, isWanted: () => isWanted, onError: () => {} });
  run();
  await expect.poll(() => attempts).toBe(1);
  // Given up is over: it begins anew when it is wanted again.
  await expect
    .poll(
      () => {
        isWanted = true;
        run();
        return attempts;
      },
      { timeout: 5_000 },
    )
    .toBe(2);
});
