import type { Hold } from '@trunkline/contracts';
import type { Holds } from './bus.js';
import type { JsonBucket } from './json-bucket.js';
import { encodeToken } from './names.js';

export function createHolds(bucket: JsonBucket<Hold>, now: () => Date = () => new Date()): Holds {
  return {
    take: async (what, dialerId) => {
      const key = encodeToken(what);
      const held = await bucket.get(key);
      if (held && held.value.dialerId !== dialerId) return false;
      const hold = { dialerId, at: now().toISOString() };
      return (await bucket.putAt(key, hold, held?.revision ?? 0)) !== null;
    },
    release: async (what, dialerId) => {
      const key = encodeToken(what);
      const held = await bucket.get(key);
      if (held?.value.dialerId === dialerId) await bucket.removeAt(key, held.revision);
    },
  };
}
