import { BusUnavailableError } from './errors.js';
import type { JsonBucket, Stored } from './json-bucket.js';
import type { Link } from './link.js';

/** How long a claim whose acknowledgement was lost looks for what became of it. */
const RESOLVE_TIMEOUT_MS = 10_000;
const RESOLVE_PAUSE_MS = 200;

/**
 * Creates a key unless it is there. Safe to repeat, and repeated while its outcome is unknown: a claim that arrived
 * before is recognised by `isOurs`.
 */
export function claimKey<T>(
  { link, bucket }: { link: Link; bucket: JsonBucket<T> },
  wanted: { key: string; value: T },
  isOurs: (held: T) => boolean,
): Promise<{ won: true } | { won: false; held: Stored<T> }> {
  return resolveLostAnswer(link, async () => {
    for (;;) {
      const revision = await bucket.putAt(wanted.key, wanted.value, 0);
      if (revision !== null) return { won: true };
      const held = await bucket.get(wanted.key);
      // Gone again means that it expired between the two requests.
      if (!held) continue;
      return isOurs(held.value) ? { won: true } : { won: false, held };
    }
  });
}

/**
 * Repeats a request that may have been carried out without our hearing of it, until its outcome is known. A request
 * that surely did not arrive fails at once.
 */
export async function resolveLostAnswer<T>(link: Link, request: () => Promise<T>): Promise<T> {
  let giveUpAtMs: number | null = null;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof BusUnavailableError)) throw error;
      if (giveUpAtMs === null && !error.outcomeUnknown) throw error;
      giveUpAtMs ??= performance.now() + RESOLVE_TIMEOUT_MS;
      const leftMs = giveUpAtMs - performance.now();
      if (leftMs <= RESOLVE_PAUSE_MS || !(await link.waitUntilConnected(leftMs))) {
        throw new BusUnavailableError(error.message, { cause: error, outcomeUnknown: true });
      }
      await new Promise((resolve) => setTimeout(resolve, RESOLVE_PAUSE_MS));
    }
  }
}
