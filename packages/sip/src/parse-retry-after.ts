import { MAX_DELTA_SECONDS } from './parse-delta-seconds.js';

/**
 * The seconds of a Retry-After value (RFC 3261 §20.33); comment and duration do not matter to us. Null when absent or
 * malformed: who gave it is then retried as if it had said nothing. Never throws.
 */
export function parseRetryAfter(text: string | null | undefined): number | null {
  const digits = /^[ \t]*(\d+)(?=[ \t;(]|$)/.exec(text ?? '')?.[1];
  return digits === undefined ? null : Math.min(Number(digits), MAX_DELTA_SECONDS);
}
