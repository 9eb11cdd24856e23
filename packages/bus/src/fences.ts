import type { Fence } from '@trunkline/contracts';
import type { Fences } from './bus.js';
import { claimKey, resolveLostAnswer } from './claim-key.js';
import type { JsonBucket } from './json-bucket.js';
import type { Link } from './link.js';

export function createFences(link: Link, bucket: JsonBucket<Fence>): Fences {
  return {
    claim: async (callSid, fence) => {
      const isOurs = (held: Fence) => held.claimId === fence.claimId;
      const claim = await claimKey({ link, bucket }, { key: callSid, value: fence }, isOurs);
      return claim.won ? claim : { won: false, held: claim.held.value, revision: claim.held.revision };
    },
    read: async (callSid) => {
      const stored = await bucket.get(callSid);
      return stored && { fence: stored.value, revision: stored.revision };
    },
    takeOver: (callSid, fence, revision) =>
      resolveLostAnswer(link, () => takeOver(bucket, callSid, { fence, revision })),
  };
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
