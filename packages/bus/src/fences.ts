import type { Fence } from '@trunkline/contracts';
import type { Fences } from './bus.js';
import { BusUnavailableError } from './errors.js';
import type { JsonBucket } from './json-bucket.js';
import type { Link } from './link.js';

/** How long a claim whose acknowledgement was lost looks for what became of it. */
const RESOLVE_TIMEOUT_MS = 10_000;
const RESOLVE_PAUSE_MS = 200;

export function createFences(link: Link, bucket: JsonBucket<Fence>): Fences {
  return {
    claim: (callSid, fence) => resolveLostAnswer(link, () => claim(bucket, callSid, fence)),
    read: async (callSid) => {
      const stored = await bucket.get(callSid);
      return stored && { fence: stored.value, revision: stored.revision };
    },
    takeOver: (callSid, fence, revision) =>
      resolveLostAnswer(link, () => takeOver(bucket, callSid, { fence, revision })),
  };
}

/** Safe to repeat: a claim that arrived before is recognised by its id. */
async function claim(bucket: JsonBucket<Fence>, callSid: string, fence: Fence): ReturnType<Fences['claim']> {
  for (;;) {
    const revision = await bucket.putAt(callSid, fence, 0);
    if (revision !== null) return { won: true };
    const held = await bucket.get(callSid);
    // Gone again means that it expired between the two requests.
    if (!held) continue;
    if (held.value.claimId === fence.claimId) return { won: true };
    return { won: false, held: held.value, revision: held.revision };
  }
}

async function takeOver(
  bucket: JsonBucket<Fence>,
  callSid: string,
  next: { fence: Fence; revision: number },
): Promise<boolean> {
  if ((await bucket.putAt(callSid, next.fence, next.revision)) !== null) return true;
  const held = await bucket.get(callSid);
  return held?.value.claimId === next.fence.claimId;
}

/**
 * Repeats a request that may have been carried out without our hearing of it, until its outcome is known. A request
 * that surely did not arrive fails at once.
 */
async function resolveLostAnswer<T>(link: Link, request: () => Promise<T>): Promise<T> {
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
