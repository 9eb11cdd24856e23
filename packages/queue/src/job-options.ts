import type { JobsOptions } from 'bullmq';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/** How the queue treats a job. What it gives up is added again by the reconciler, so no bound here loses a call. */
export const jobOptions: JobsOptions = {
  attempts: 100,
  backoff: { type: 'custom' },
  // Long enough for the record to be in history, so that a call can be read right after it was accepted.
  removeOnComplete: { age: 60, count: 20_000 },
  // A failed job that stayed would keep the reconciler from adding its call again.
  removeOnFail: true,
};

/** Doubling, with a spread, up to half a minute. In ms. */
export function retryDelay(attemptsMade: number): number {
  const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attemptsMade - 1));
  return Math.round(delayMs * (0.75 + Math.random() / 4));
}
