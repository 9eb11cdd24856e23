import { expect, test } from 'vitest';
import { StoreUnavailableError } from './errors.js';
import { createTurns } from './take-turns.js';

function openEnded() {
  const end = { resolve: (_: string) => {}, reject: (_: Error) => {} };
  const promise = new Promise<string>((resolve, reject) => {
    Object.assign(end, { resolve, reject });
  });
  return {
    work: () => promise,
    resolve: (text: string) => end.resolve(text),
    reject: (error: Error) => end.reject(error),
  };
}

test('only so many work at a time, and the next one begins when one has ended or failed', async () => {
  const inTurn = createTurns({ places: 1, waitMs: 60_000 });
  const [first, second] = [openEnded(), openEnded()];
  const begun: string[] = [];
  const ends = [first, second].map(({ work }, index) =>
    inTurn(() => {
      begun.push(`${index}`);
      return work();
    }),
  );
  const third = inTurn(async () => 'third');
  await Promise.resolve();
  expect(begun).toEqual(['0']);
  first.reject(new Error('failed'));
  await expect(ends[0]).rejects.toThrow('failed');
  second.resolve('second');
  expect(await ends[1]).toBe('second');
  expect(await third).toBe('third');
  expect(begun).toEqual(['0', '1']);
});

test('who waits too long is told so, and keeps nobody from the place', async () => {
  const inTurn = createTurns({ places: 1, waitMs: 1 });
  const first = openEnded();
  const end = inTurn(first.work);
  await expect(inTurn(async () => 'late')).rejects.toThrow(StoreUnavailableError);
  first.resolve('first');
  expect(await end).toBe('first');
  expect(await inTurn(async () => 'again')).toBe('again');
});
