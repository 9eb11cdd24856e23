import { expect, test } from 'vitest';
import { createCallBench, DIALOG } from '../testing/call-bench.js';
import { passTime, settle } from '../testing/pass-time.js';
import { queuedRecord } from '../testing/queued-record.js';
import { createHeldCalls } from './live-calls.js';
import { placeCall } from './place-call.js';

function openHall(maxCalls = 2) {
  const bench = createCallBench();
  const room: boolean[] = [];
  const calls = createHeldCalls({ maxCalls, onRoom: (has) => void room.push(has) });
  const begin = async () => {
    const record = queuedRecord();
    calls.reserve(record);
    calls.begin(placeCall(bench.orderOf(record), bench.surroundings));
    await settle();
    return record.call.sid;
  };
  return { ...bench, room, calls, begin };
}

test('places are bounded, told when they run out, and given back by calls that end', async () => {
  const { calls, room, begin, invites, clock } = openHall();
  await begin();
  const second = queuedRecord();
  expect(calls.reserve(second)).toBe(true);
  expect(calls.reserve(queuedRecord())).toBe(false);
  expect(room).toEqual([false]);
  calls.release(second.call.sid);
  calls.release(second.call.sid);
  expect(room).toEqual([false, true]);
  let isIdle = false;
  void calls.idle().then(() => {
    isIdle = true;
  });
  invites[0]?.handlers.onEnded({ kind: 'no-response' });
  await passTime(clock, 100);
  expect(isIdle).toBe(true);
  expect(calls.size()).toBe(0);
});

test('a full house opens again when a tenth of it is free', () => {
  const { calls, room } = openHall(20);
  const records = Array.from({ length: 20 }, () => queuedRecord());
  for (const record of records) calls.reserve(record);
  expect(room).toEqual([false]);
  calls.release(records[0]?.call.sid ?? '');
  expect(room).toEqual([false]);
  calls.release(records[1]?.call.sid ?? '');
  expect(room).toEqual([false, true]);
});

test('a place is kept once a call, and a call that began keeps it', async () => {
  const { calls, begin } = openHall();
  const sid = await begin();
  expect(calls.reserve(queuedRecord({ sid }))).toBe(false);
  calls.release(sid);
  expect(calls.has(sid)).toBe(true);
  expect(calls.countIn('dialing')).toBe(1);
});

test('a ringing call is canceled on request; an answered one only when asked to complete', async () => {
  const { calls, begin, invites } = openHall();
  const ringing = await begin();
  expect(calls.end({ callSid: ringing, status: 'canceled' })).toMatchObject({ result: 'ending' });
  expect(invites[0]?.canceled).toBe(1);
  const answered = await begin();
  const body = Buffer.from('sdp');
  invites[1]?.handlers.onAnswered({
    status: 200,
    reason: 'OK',
    remoteTag: 'b',
    body,
    contentType: null,
    dialog: DIALOG,
  });
  expect(calls.end({ callSid: answered, status: 'canceled' })).toMatchObject({ result: 'in-progress' });
  expect(invites[1]?.byes).toEqual([]);
  const reply = calls.end({ callSid: answered, status: 'completed' });
  expect(reply).toMatchObject({
    result: 'ending',
    call: { status: 'completed', endReason: 'end-requested' },
  });
  expect(calls.end({ callSid: answered, status: 'completed' })).toEqual({ result: 'not-live' });
});

test('a call that is not here is not live', () => {
  const { calls } = openHall();
  expect(calls.end({ callSid: queuedRecord().call.sid, status: 'completed' })).toEqual({
    result: 'not-live',
  });
});
