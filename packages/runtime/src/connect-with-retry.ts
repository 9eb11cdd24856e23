import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './create-logger.js';
import { StartAbortedError } from './errors.js';

export interface RetryOptions {
  log: Logger;
  /** Ends the attempts with StartAbortedError. */
  signal?: AbortSignal;
  /** The longest wait between two attempts; 5000 when absent. */
  maxDelayMs?: number;
  /** The first wait; 200 when absent. */
  firstDelayMs?: number;
}

/**
 * Attempts until it succeeds, with growing waits, and says in the log what it waits for.
 * @param what what is being reached, for the log: `Postgres`
 * @throws StartAbortedError after options.signal, or at once the attempt's own error when its `retryable` is false
 */
export async function connectWithRetry<T>(
  what: string,
  attempt: () => Promise<T>,
  { log, signal, maxDelayMs = 5000, firstDelayMs = 200 }: RetryOptions,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    if (signal?.aborted) throw new StartAbortedError(`asked to stop while waiting for ${what}`);
    try {
      const connected = await attempt();
      if (failures > 0) log.info({ what, failures }, `${what} is reachable`);
      return connected;
    } catch (error) {
      if ((error as { retryable?: boolean }).retryable === false) throw error;
      const delayMs = backoffMs(failures, { firstMs: firstDelayMs, maxMs: maxDelayMs });
      log.warn({ what, err: error, retryInMs: delayMs }, `waiting for ${what}`);
      await delay(delayMs, undefined, signal ? { signal } : {}).catch(() => {});
    }
  }
}

/**
 * How long to wait after `failures` earlier failures (0 for the first): doubled each time up to maxMs, and of that
 * between a half and the whole at random, so that many waiters do not return together.
 */
export function backoffMs(
  failures: number,
  { firstMs, maxMs, random = Math.random }: { firstMs: number; maxMs: number; random?: () => number },
): number {
  const whole = Math.min(maxMs, firstMs * 2 ** Math.min(failures, 52));
  return Math.round(whole * (0.5 + random() / 2));
}
