import { createHash } from 'node:crypto';
import type { CreateKey } from '@trunkline/contracts';
import type { CreateKeys } from './bus.js';
import { claimKey } from './claim-key.js';
import type { JsonBucket } from './json-bucket.js';
import type { Link } from './link.js';

export function createCreateKeys(link: Link, bucket: JsonBucket<CreateKey>): CreateKeys {
  return {
    claim: async (key, value) => {
      // Each claim is for a call of its own, whose Sid tells it apart.
      const isOurs = (held: CreateKey) => held.callSid === value.callSid;
      const claim = await claimKey({ link, bucket }, { key: digestOf(key), value }, isOurs);
      return claim.won ? claim : { won: false, held: claim.held.value };
    },
  };
}

/** Clients choose their keys: any length, any characters, and maybe what is not for every eye on the server. */
function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
