import type { LiveCall } from '@trunkline/contracts';
import type { LiveCallEntry, LiveCalls } from './bus.js';
import { BusUnavailableError, LiveCallTakenError } from './errors.js';
import type { JsonBucket, Stored } from './json-bucket.js';
import { encodeToken } from './names.js';

export function createLiveCalls(bucket: JsonBucket<LiveCall>): LiveCalls {
  // Of the entries that this process wrote: spares a read for each change. As many as it has live calls.
  const revisions = new Map<string, number>();
  return {
    put: async (entry) => {
      const key = keyOf(entry.owner, entry.record.call.sid);
      try {
        revisions.set(key, await write(bucket, { key, value: entry, revision: revisions.get(key) ?? 0 }));
      } catch (error) {
        // Nobody removes it here any more.
        if (error instanceof LiveCallTakenError) revisions.delete(key);
        throw error;
      }
    },
    remove: async (owner, callSid) => {
      const key = keyOf(owner, callSid);
      const revision = revisions.get(key);
      if (revision === undefined || !(await bucket.removeAt(key, revision))) {
        await removeOwned(bucket, key, owner);
      }
      revisions.delete(key);
    },
    read: async (owner, callSid) => toEntry(await bucket.get(keyOf(owner, callSid))),
    find: async (callSid) => toEntry((await bucket.list(`*.${callSid}`))[0] ?? null),
    list: async () => {
      const stored = await bucket.list();
      return stored.map((one) => ({ entry: one.value, revision: one.revision, key: one.key }));
    },
    takeOver: (key, entry, revision) => takeOver(bucket, { key, value: entry, revision }),
    removeAt: (key, revision) => bucket.removeAt(key, revision),
  };
}

/** The key stays with the dialer that placed the call, so that a takeover is one compare-and-set. */
function keyOf(owner: string, callSid: string): string {
  return `${encodeToken(owner)}.${callSid}`;
}

function toEntry(stored: Stored<LiveCall> | null): LiveCallEntry | null {
  return stored && { entry: stored.value, revision: stored.revision, key: stored.key };
}

/**
 * Writes over our own entry only, whatever its revision is by now: an answer to an earlier write may have been lost.
 * @throws LiveCallTakenError when it is another's
 */
async function write(bucket: JsonBucket<LiveCall>, next: Stored<LiveCall>): Promise<number> {
  let revision = next.revision;
  for (;;) {
    const written = await bucket.putAt(next.key, next.value, revision);
    if (written !== null) return written;
    const found = await bucket.get(next.key);
    if (found && found.value.owner !== next.value.owner) {
      throw new LiveCallTakenError(`${next.key} is ${found.value.owner}'s now`);
    }
    revision = found?.revision ?? 0;
  }
}

/** One that was taken over is left to its new owner. */
async function removeOwned(bucket: JsonBucket<LiveCall>, key: string, owner: string): Promise<void> {
  const found = await bucket.get(key);
  if (found?.value.owner === owner) await bucket.removeAt(key, found.revision);
}

async function takeOver(bucket: JsonBucket<LiveCall>, next: Stored<LiveCall>): Promise<number | null> {
  try {
    return await bucket.putAt(next.key, next.value, next.revision);
  } catch (error) {
    if (!(error instanceof BusUnavailableError) || !error.outcomeUnknown) throw error;
    const found = await bucket.get(next.key);
    return found?.value.owner === next.value.owner ? found.revision : null;
  }
}
