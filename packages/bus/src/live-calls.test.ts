import { type LiveCall, recordOf } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { LiveCallTakenError } from './errors.js';
import type { JsonBucket, Stored } from './json-bucket.js';
import { createLiveCalls } from './live-calls.js';
import { callStory } from './testing.js';

/** A bucket of one key, that notes which revision each write expects. */
function bucketOfOne() {
  const expected: number[] = [];
  const slot: { stored: Stored<LiveCall> | null } = { stored: null };
  const bucket = {
    putAt: async (key: string, value: LiveCall, revision: number) => {
      expected.push(revision);
      if ((slot.stored?.revision ?? 0) !== revision) return null;
      slot.stored = { key, value, revision: revision + 1 };
      return revision + 1;
    },
    get: async () => slot.stored,
  };
  return { bucket: bucket as unknown as JsonBucket<LiveCall>, slot, expected };
}

test('nothing is remembered of a live call that another dialer took', async () => {
  const [event] = callStory(1);
  if (!event) throw new Error('no event');
  const entry: LiveCall = { owner: 'd', record: recordOf(event), dialog: null };
  const { bucket, slot, expected } = bucketOfOne();
  const liveCalls = createLiveCalls(bucket);
  await liveCalls.put(entry);
  slot.stored = { key: `d.${event.subject}`, value: { ...entry, owner: 'survivor' }, revision: 7 };
  await expect(liveCalls.put(entry)).rejects.toThrow(LiveCallTakenError);
  slot.stored = null;
  await liveCalls.put(entry);
  expect(expected).toEqual([0, 1, 0]);
});
