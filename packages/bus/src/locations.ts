import type { Location } from '@trunkline/contracts';
import type { Locations } from './bus.js';
import { BusUnavailableError } from './errors.js';
import type { JsonBucket } from './json-bucket.js';

/** Devices of one client that register at once write one after another; more tries than devices are an endless race. */
const MAX_TRIES = 16;

export function createLocations(bucket: JsonBucket<Location>): Locations {
  return {
    read: async (clientSid) => (await bucket.get(clientSid))?.value ?? null,
    change: async (clientSid, change) => {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const found = await bucket.get(clientSid);
        const before = found?.value ?? { clientSid, bindings: [] };
        const after = change(before);
        if (after === null) return before;
        // One without devices is written too: it goes with the bucket's TTL, and a removal leaves a marker as well.
        if ((await bucket.putAt(clientSid, after, found?.revision ?? 0)) !== null) return after;
      }
      throw new BusUnavailableError(`the devices of ${clientSid} change too fast`);
    },
  };
}
