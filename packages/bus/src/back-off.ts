/** The waits between attempts; `random` is between 0 and 1. */
export interface BackOff {
  firstMs: number;
  lastMs: number;
  random?: () => number;
}

/**
 * How long to wait after `failures` earlier failures, 0 for the first: twice as long each time up to `lastMs`, and of
 * that between a half and the whole, so that what an outage stopped does not come back all at once.
 */
export function backOffMs(failures: number, { firstMs, lastMs, random = Math.random }: BackOff): number {
  return Math.min(lastMs, firstMs * 2 ** failures) * (0.5 + random() / 2);
}
