import { type DirectoryEntry, directoryKey } from '@trunkline/contracts';
import type { DirectoryBucket } from './bus.js';
import type { JsonBucket } from './json-bucket.js';

/** A marker must outlive every watch that has not seen it yet; after an outage a watch begins anew, and needs none. */
const MARKER_AGE_MS = 3_600_000;

/** @param options.watch begins a watch that the bus ends when it is closed */
export function createDirectory(options: {
  bucket: JsonBucket<DirectoryEntry>;
  watch: DirectoryBucket['watch'];
  onError: (error: Error) => void;
}): DirectoryBucket {
  const { bucket, watch, onError } = options;
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  return {
    put: async (entry) => {
      await bucket.put(directoryKey(entry), entry);
    },
    remove: async (key) => {
      await bucket.remove(key);
      if (performance.now() - sweptAtMs < MARKER_AGE_MS) return;
      sweptAtMs = performance.now();
      // Nobody waits for it, and the next removal an hour from now does it again.
      void bucket.removeMarkers(MARKER_AGE_MS).catch(onError);
    },
    list: async () => {
      const stored = await bucket.list();
      return stored.map(({ key, value, revision }) => ({ key, entry: value, revision }));
    },
    watch,
  };
}
