import { expect, test } from 'vitest';
import { createHeldCalls } from './call/live-calls.js';
import { placeCall } from './call/place-call.js';
import { drainSteps } from './drain.js';
import { createCallBench, DIALOG } from './testing/call-bench.js';
import { passTime, settle } from './testing/pass-time.js';
import { queuedRecord } from './testing/queued-record.js';

test('calls may end by themselves; what is left is hung up on, and what does not answer is left behind', async () => {
  const bench = createCallBench();
  const calls = createHeldCalls({ maxCalls: 9, onRoom: () => {} });
  const begin = async () => {
    const record = queuedRecord();
    calls.reserve(record);
    calls.begin(placeCall(bench.orderOf(record), bench.surroundings));
    await settle();
  };
  await begin();
  await begin();
  const body = Buffer.from('sdp');
  bench.invites[1]?.handlers.onAnswered({
    status: 200,
    reason: 'OK',
    remoteTag: 'b',
    body,
    contentType: null,
    dialog: DIALOG,
  });
  const story: string[] = [];
  const note = (what: string) => async () => void story.push(what);
  const steps = drainSteps({
    calls,
    clock: bench.clock,
    stopTaking: note('stop'),
    timeoutMs: 10_000,
    close: [{ name: 'close', run: note('close') }],
  });
  const drained = (async () => {
    for (const step of steps) await step.run();
  })();
  await passTime(bench.clock, 9_000);
  expect(story).toEqual(['stop']);
  expect(calls.size()).toBe(2);
  await passTime(bench.clock, 1_500);
  expect(bench.invites[0]?.canceled).toBe(1);
  expect(bench.invites[1]?.byes).toEqual([16]);
  expect(bench.bus.told.at(-1)?.data).toMatchObject({ status: 'completed', endReason: 'drained' });
  await passTime(bench.clock, 5_000);
  await drained;
  expect(story).toEqual(['stop', 'close']);
});

test('a call whose claim outlasts the drain is ended when it begins, and no INVITE leaves', async () => {
  const bench = createCallBench();
  const calls = createHeldCalls({ maxCalls: 9, onRoom: () => {} });
  const record = queuedRecord();
  calls.reserve(record);
  calls.drain();
  calls.begin(placeCall(bench.orderOf(record), bench.surroundings));
  await settle();
  expect(bench.invites).toHaveLength(0);
  expect(bench.bus.told.map(({ data }) => [data.status, data.endReason])).toEqual([['failed', 'drained']]);
});

test('a dialer without calls goes at once', async () => {
  const bench = createCallBench();
  const calls = createHeldCalls({ maxCalls: 9, onRoom: () => {} });
  const steps = drainSteps({
    calls,
    clock: bench.clock,
    stopTaking: async () => {},
    timeoutMs: 60_000,
    close: [],
  });
  for (const step of steps) await step.run();
  expect(bench.clock.pending()).toBe(0);
});
