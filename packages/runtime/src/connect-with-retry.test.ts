import { expect, test } from 'vitest';
import { backoffMs, connectWithRetry } from './connect-with-retry.js';
import { createLogger } from './create-logger.js';
import { StartAbortedError } from './errors.js';

const lines: string[] = [];
const log = createLogger({
  service: 't',
  level: 'info',
  destination: { write: (line) => void lines.push(line) },
});

test('it tries until it succeeds and says what it waits for', async () => {
  let attempts = 0;
  const connected = await connectWithRetry(
    'Postgres',
    async () => {
      attempts += 1;
      if (attempts < 4) throw new Error('refused');
      return attempts;
    },
    { log, firstDelayMs: 1, maxDelayMs: 2 },
  );
  expect(connected).toBe(4);
  expect(lines.filter((line) => line.includes('waiting for Postgres'))).toHaveLength(3);
  expect(lines.at(-1)).toContain('Postgres is reachable');
});

test('what no retry can help is thrown at once', async () => {
  const wrong = Object.assign(new Error('bad password'), { retryable: false });
  await expect(connectWithRetry('Redis', () => Promise.reject(wrong), { log })).rejects.toBe(wrong);
});

test('a stop ends the wait', async () => {
  const stop = new AbortController();
  const waiting = connectWithRetry('NATS', () => Promise.reject(new Error('refused')), {
    log,
    signal: stop.signal,
    firstDelayMs: 60_000,
    maxDelayMs: 60_000,
  });
  stop.abort();
  await expect(waiting).rejects.toBeInstanceOf(StartAbortedError);
});

test('waits double up to the longest, and lie between a half and the whole', () => {
  const wait = (failures: number, random: number) =>
    backoffMs(failures, { firstMs: 100, maxMs: 1000, random: () => random });
  expect([0, 1, 2, 3, 4, 2000].map((failures) => wait(failures, 1))).toEqual([
    100, 200, 400, 800, 1000, 1000,
  ]);
  expect([0, 4].map((failures) => wait(failures, 0))).toEqual([50, 500]);
});
