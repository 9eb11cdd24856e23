import type { CallRecord, DialCall } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { expect, test } from 'vitest';
import { createReconcile, type Progress, type QueuedCalls, type ReconcileOptions } from './reconcile.js';

const NOON = Date.parse('2026-11-24T12:00:00.000Z');
const RUNNING = new AbortController().signal;

type Request = Parameters<QueuedCalls['listQueuedCalls']>[0];

function queuedCalls(count: number): CallRecord[] {
  return Array.from({ length: count }, () => ({ call: queuedCall(), sequence: 1 }));
}

function setUp(calls: CallRecord[], changes: Partial<ReconcileOptions> = {}) {
  const added: DialCall[] = [];
  const asked: Request[] = [];
  const time = { nowMs: NOON };
  const stream: Progress = { last: 0, handled: 0 };
  const options: ReconcileOptions = {
    history: {
      listQueuedCalls: async (request) => {
        asked.push(request);
        return calls.filter(({ call }) => call.sid > (request.afterSid ?? '')).slice(0, request.limit);
      },
    },
    queue: {
      add: async (job) => {
        added.push(job);
      },
    },
    progress: async () => ({ ...stream }),
    now: () => time.nowMs,
    afterMs: 60_000,
    ...changes,
  };
  return { options, sweep: createReconcile(options), added, asked, time, stream };
}

const sidsOf = (records: CallRecord[]) => records.map(({ call }) => call.sid);

test('every call that has been queued for long gets its job again, over as many pages as it takes', async () => {
  const calls = queuedCalls(1_201);
  const { sweep, added, asked } = setUp(calls);
  expect(await sweep(RUNNING)).toBe(1_201);
  expect(sidsOf(added)).toEqual(sidsOf(calls));
  expect(asked[0]).toMatchObject({
    updatedBefore: new Date('2026-11-24T11:59:00.000Z'),
    dialedBefore: new Date('2026-11-24T11:48:30.000Z'),
  });
});

test('a job says when history, which had caught up, still called it queued', async () => {
  const { sweep, added } = setUp(queuedCalls(1));
  await sweep(RUNNING);
  expect(added).toMatchObject([{ sequence: 1, reconciledAt: '2026-11-24T12:00:00.000Z' }]);
});

test('while calls come in, history is asked once it has passed where the stream was a sweep before', async () => {
  const { sweep, added, asked, time, stream } = setUp(queuedCalls(3), { afterMs: 1_000 });
  Object.assign(stream, { last: 1_000, handled: 990 });
  expect(await sweep(RUNNING)).toBeNull();
  time.nowMs += 30_000;
  Object.assign(stream, { last: 46_000, handled: 45_990 });
  expect(await sweep(RUNNING)).toBe(3);
  expect(asked[0]?.updatedBefore).toEqual(new Date(NOON));
  expect(added[0]?.reconciledAt).toBe('2026-11-24T12:00:00.000Z');
  time.nowMs += 30_000;
  Object.assign(stream, { last: 91_000, handled: 90_990 });
  expect(await sweep(RUNNING)).toBe(3);
  expect(added.at(-1)?.reconciledAt).toBe('2026-11-24T12:00:30.000Z');
});

test('nothing is done while history lags behind the stream: what it calls queued may be over', async () => {
  const { sweep, added, time, stream } = setUp(queuedCalls(3));
  for (const last of [1_000, 2_000, 3_000]) {
    Object.assign(stream, { last, handled: 999 });
    expect(await sweep(RUNNING)).toBeNull();
    time.nowMs += 30_000;
  }
  expect(added).toEqual([]);
  // What counts is where the stream was when history was first found behind.
  Object.assign(stream, { last: 4_000, handled: 1_000 });
  expect(await sweep(RUNNING)).toBe(3);
  expect(added[0]?.reconciledAt).toBe('2026-11-24T12:00:00.000Z');
});

test('a stream that was made anew is not waited for until it is as long as the old one', async () => {
  const { sweep, stream } = setUp(queuedCalls(3));
  Object.assign(stream, { last: 1_000, handled: 0 });
  expect(await sweep(RUNNING)).toBeNull();
  Object.assign(stream, { last: 5, handled: 5 });
  expect(await sweep(RUNNING)).toBe(3);
});

test('one sweep goes so far, and the next goes on from there', async () => {
  const calls = queuedCalls(5_600);
  const { sweep, added } = setUp(calls);
  expect(await sweep(RUNNING)).toBe(5_000);
  expect(await sweep(RUNNING)).toBe(600);
  expect(sidsOf(added)).toEqual(sidsOf(calls));
  expect(await sweep(RUNNING)).toBe(5_000);
});

test('a queue that is away ends the sweep with its error', async () => {
  const add = async () => {
    throw new Error('Redis is away');
  };
  const { sweep } = setUp(queuedCalls(3), { queue: { add } });
  await expect(sweep(RUNNING)).rejects.toThrow('Redis is away');
});

test('a sweep that is told to stop goes no further than its page', async () => {
  const stop = new AbortController();
  const { options, sweep, added } = setUp(queuedCalls(1_201));
  const { listQueuedCalls } = options.history;
  options.history.listQueuedCalls = (request) => {
    stop.abort();
    return listQueuedCalls(request);
  };
  expect(await sweep(stop.signal)).toBe(500);
  expect(added).toHaveLength(500);
});
