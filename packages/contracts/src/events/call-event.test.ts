import { describe, expect, test } from 'vitest';
import { CALLBACK_EVENTS, type CallRecord, ringSeconds, supersedes } from '../call.js';
import { noCharge } from '../directory/charge.js';
import { queuedCall } from '../testing.js';
import {
  advanceCall,
  CALL_EVENTS,
  callbackEventOf,
  callEventSchema,
  callSubject,
  cancelEvent,
  deleteEvent,
  eventName,
  isCallbackDue,
  openCall,
  recordOf,
} from './call-event.js';

const at = (seconds: number) => new Date(Date.parse('2026-11-23T10:00:00.000Z') + seconds * 1000);
const SOURCE = '/trunkline/test';

function answeredCall(): CallRecord {
  const initiated = advanceCall(recordOf(openCall(queuedCall(), SOURCE)), 'initiated', {}, at(1), SOURCE);
  const start = { startTime: at(2).toISOString() };
  return recordOf(advanceCall(recordOf(initiated), 'in-progress', start, at(2), SOURCE));
}

test('an accepted call is a valid CloudEvent with sequence 1', () => {
  const event = openCall(queuedCall(), SOURCE);
  expect(callEventSchema.parse(event)).toEqual(event);
  expect(event).toMatchObject({ specversion: '1.0', sequence: 1, type: 'trunkline.call.queued' });
  expect(event.subject).toBe(event.data.sid);
});

test('the subject names account and event, nothing that grows with the calls', () => {
  const call = queuedCall();
  expect(callSubject(openCall(call, SOURCE))).toBe(`calls.${call.accountSid}.queued`);
});

test('an event that changes no status leaves it alone', () => {
  const event = advanceCall(
    recordOf(openCall(queuedCall(), SOURCE)),
    'initiated',
    { queueTimeMs: 4 },
    at(1),
    SOURCE,
  );
  expect(event.data).toMatchObject({ status: 'queued', queueTimeMs: 4, dateUpdated: at(1).toISOString() });
  expect(event.sequence).toBe(2);
});

test('talk time is counted from the answer, in whole seconds, rounded down', () => {
  const end = advanceCall(answeredCall(), 'completed', {}, at(4.999), SOURCE);
  expect(end.data).toMatchObject({
    status: 'completed',
    durationSeconds: 2,
    endTime: at(4.999).toISOString(),
  });
});

test('a call that is canceled in the queue ends under the same id whoever tells it', () => {
  const record = recordOf(openCall(queuedCall(), SOURCE));
  const told = cancelEvent(record, at(3), SOURCE, noCharge('EUR'));
  expect(told.data).toMatchObject({
    status: 'canceled',
    endReason: 'cancel-requested',
    hangupSide: 'local',
    endTime: at(3).toISOString(),
  });
  expect(told.sequence).toBe(2);
  expect(told.data).toMatchObject({ price: '0.00', priceUnit: 'EUR' });
  expect(cancelEvent(record, at(60), '/trunkline/other', noCharge('EUR')).id).toBe(told.id);
});

test('a call counts how long it rang, from the first ring', () => {
  const queued = recordOf(openCall(queuedCall(), SOURCE));
  const ringing = recordOf(advanceCall(queued, 'ringing', {}, at(2), SOURCE));
  expect(ringSeconds(ringing.call)).toBeNull();
  expect(ringSeconds(advanceCall(ringing, 'no-answer', {}, at(9.9), SOURCE).data)).toBe(7);
  expect(ringSeconds(advanceCall(queued, 'busy', {}, at(3), SOURCE).data)).toBeNull();
});

test('a deleted record replaces every other, is replaced by none, and says nothing of who called whom', () => {
  const call = queuedCall({ metadata: { order: '42' }, callerName: 'Ada' });
  const ended = recordOf(advanceCall(recordOf(openCall(call, SOURCE)), 'busy', {}, at(3), SOURCE));
  const deleted = deleteEvent(ended, at(60), SOURCE);
  expect(eventName(deleted)).toBe('deleted');
  expect(deleted.data).toMatchObject({ status: 'busy', to: '', from: '', callerName: null, metadata: {} });
  expect(deleted.data.endTime).toBe(ended.call.endTime);
  expect(callEventSchema.parse(deleted)).toEqual(deleted);
  expect(JSON.stringify(deleted)).not.toContain(call.to);
  expect(supersedes(recordOf(deleted), ended)).toBe(true);
  expect(supersedes(ended, recordOf(deleted))).toBe(false);
  expect(supersedes(recordOf(deleted), recordOf(deleted))).toBe(false);
});

test('an event from before a field was known is read with what the field says when nothing is known', () => {
  const event = openCall(queuedCall(), SOURCE);
  const { metadata: _, attempts: __, ringTime: ___, ...older } = event.data;
  expect(callEventSchema.parse({ ...event, data: older })).toEqual(event);
});

test('a call that ends unanswered has an end and a duration of nothing', () => {
  const end = advanceCall(recordOf(openCall(queuedCall(), SOURCE)), 'busy', {}, at(9), SOURCE);
  expect(end.data).toMatchObject({ startTime: null, endTime: at(9).toISOString(), durationSeconds: 0 });
});

test('callbacks are counted as they fall due, and only those that were asked for', () => {
  const statusCallback = {
    url: 'https://example.com/cb',
    method: 'POST' as const,
    events: ['answered' as const, 'completed' as const],
    dueCount: 0,
  };
  let record = recordOf(openCall(queuedCall({ statusCallback }), SOURCE));
  const counts = (['initiated', 'ringing', 'in-progress', 'updated', 'completed'] as const).map((name) => {
    record = recordOf(advanceCall(record, name, {}, at(1), SOURCE));
    return [isCallbackDue(record.call, name), record.call.statusCallback?.dueCount];
  });
  expect(counts).toEqual([
    [false, 0],
    [false, 0],
    [true, 1],
    [false, 1],
    [true, 2],
  ]);
});

test('every event is one of the callback events or none', () => {
  const mapped = Object.fromEntries(CALL_EVENTS.map((name) => [name, callbackEventOf(name)]));
  expect(mapped).toEqual({
    queued: null,
    deleted: null,
    initiated: 'initiated',
    ringing: 'ringing',
    'in-progress': 'answered',
    updated: null,
    completed: 'completed',
    busy: 'completed',
    'no-answer': 'completed',
    canceled: 'completed',
    failed: 'completed',
  });
  expect(new Set(Object.values(mapped).filter((event) => event !== null))).toEqual(new Set(CALLBACK_EVENTS));
});

test('the name comes back out of the type', () => {
  expect(eventName(openCall(queuedCall(), SOURCE))).toBe('queued');
});

describe('which of two copies of a call is the later', () => {
  const record = (status: CallRecord['call']['status'], sequence: number): CallRecord => ({
    call: queuedCall({ status }),
    sequence,
  });

  test.each([
    ['a higher number wins', record('ringing', 3), record('queued', 2), true],
    ['a lower number loses', record('queued', 2), record('ringing', 3), false],
    ['the same event again changes nothing', record('ringing', 3), record('ringing', 3), false],
    ['a final status wins over any number', record('failed', 2), record('ringing', 3), true],
    ['a final status never changes', record('completed', 9), record('failed', 4), false],
    ['and is not undone by a late event', record('ringing', 3), record('completed', 2), false],
  ])('%s', (_, next, current, expected) => {
    expect(supersedes(next, current)).toBe(expected);
  });
});
