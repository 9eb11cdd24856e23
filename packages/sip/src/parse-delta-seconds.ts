/** RFC 3261 §25.1 `delta-seconds`: what is larger counts as this (§20.19). */
export const MAX_DELTA_SECONDS = 2 ** 32 - 1;

/**
 * A whole number of seconds, as Expires, Min-Expires and `expires=` have it; larger ones are cut to 2^32-1 (RFC 3261 §20.19).
 * Null for anything else, a sign or a fraction included, so that the caller takes its default. Never throws.
 */
export function parseDeltaSeconds(text: string | null | undefined): number | null {
  const digits = /^[ \t]*(\d+)[ \t]*$/.exec(text ?? '')?.[1];
  return digits === undefined ? null : Math.min(Number(digits), MAX_DELTA_SECONDS);
}
