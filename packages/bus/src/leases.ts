import type { Lease } from '@trunkline/contracts';
import type { Leases } from './bus.js';
import type { JsonBucket } from './json-bucket.js';
import { encodeToken } from './names.js';

export function createLeases(bucket: JsonBucket<Lease>): Leases {
  return {
    renew: async (lease) => {
      await bucket.put(encodeToken(lease.dialerId), lease);
    },
    release: (dialerId) => bucket.remove(encodeToken(dialerId)),
    list: async () => (await bucket.list()).map((stored) => stored.value),
  };
}
