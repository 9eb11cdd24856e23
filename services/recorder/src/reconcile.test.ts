import type { CallRecord } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { expect, test } from 'vitest';
import { type ReconcileOptions, reconcile } from './reconcile.js';

const NOW = Date.parse('2026-11-24T12:00:00.000Z');

function queuedCalls(count: number): CallRecord[] {
  return Array.from({ length: count }, () => ({ call: queuedCall(), sequence: 1 }));
}

function optionsFor(calls: CallRecord[], changes: Partial<ReconcileOptions> = {}) {
  const added: string[] = [];
  const asked: Date[] = [];
  const options: ReconcileOptions = {
    history: {
      listQueuedCalls: async ({ updatedBefore, afterSid, limit }) => {
        asked.push(updatedBefore);
        return calls.filter(({ call }) => call.sid > (afterSid ?? '')).slice(0, limit);
      },
    },
    queue: {
      add: async ({ call }) => {
        added.push(call.sid);
      },
    },
    pendingEvents: async () => 0,
    now: () => NOW,
    afterMs: 60_000,
    signal: new AbortController().signal,
    ...changes,
  };
  return { options, added, asked };
}

test('every call that has been queued for long gets its job again, over as many pages as it takes', async () => {
  const calls = queuedCalls(1_201);
  const { options, added, asked } = optionsFor(calls);
  expect(await reconcile(options)).toBe(1_201);
  expect(added).toEqual(calls.map(({ call }) => call.sid));
  expect(asked[0]).toEqual(new Date('2026-11-24T11:59:00.000Z'));
});

test('nothing is done while history lags behind the stream: what it calls queued may be over', async () => {
  const { options, added } = optionsFor(queuedCalls(3), { pendingEvents: async () => 1 });
  expect(await reconcile(options)).toBeNull();
  expect(added).toEqual([]);
});

test('a queue that is away ends the sweep with its error', async () => {
  const add = async () => {
    throw new Error('Redis is away');
  };
  const { options } = optionsFor(queuedCalls(3), { queue: { add } });
  await expect(reconcile(options)).rejects.toThrow('Redis is away');
});

test('a sweep that is told to stop goes no further than its page', async () => {
  const stop = new AbortController();
  const { options, added } = optionsFor(queuedCalls(1_201), { signal: stop.signal });
  const { listQueuedCalls } = options.history;
  options.history.listQueuedCalls = (request) => {
    stop.abort();
    return listQueuedCalls(request);
  };
  expect(await reconcile(options)).toBe(500);
  expect(added).toHaveLength(500);
});
