import { advanceCall, type Call, type CallEvent, openCall, recordOf } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { beforeEach, expect, test } from 'vitest';
import { ForbiddenError, TryAgainError, UnauthorizedError } from '../errors.js';
import type { Answer } from '../operation.js';
import { StreamReader } from './testing/read-stream.js';
import { createTestStreams, type TestStreams } from './testing/test-streams.js';

const ACCOUNT = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01';
const SOURCE = '/trunkline/test';
const ALL = '/Calls/Stream';
const ONE = '/Calls/{CallSid}/Stream';

let streams: TestStreams;

beforeEach(() => {
  streams = createTestStreams();
});

function story(changes: Partial<Call> = {}): CallEvent[] {
  const queued = openCall(queuedCall({ accountSid: ACCOUNT, ...changes }), SOURCE);
  const at = (second: number) => new Date(Date.parse('2026-11-23T10:00:00Z') + second * 1000);
  const ringing = advanceCall(recordOf(queued), 'ringing', {}, at(1), SOURCE);
  return [queued, ringing, advanceCall(recordOf(ringing), 'busy', { sipCode: 486 }, at(2), SOURCE)];
}

function readerOf(answer: Answer): StreamReader {
  if (!('stream' in answer)) throw new Error(`no stream, but ${JSON.stringify(answer)}`);
  expect(answer.contentType).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers).toMatchObject({ 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  return new StreamReader(answer.stream);
}

/** Sends to the newest stream: the place of each is its index, from 1. */
function send(events: CallEvent[]): void {
  for (const [index, event] of events.entries()) streams.followed.at(-1)?.bus.send(event, index + 1);
}

test("an account's stream begins now, or where the reader was; the header wins over the parameter", async () => {
  await streams.ask(ALL);
  expect(streams.followed.at(-1)?.options).toMatchObject({ accountSid: ACCOUNT, from: 'new' });
  await streams.ask(ALL, { query: 'LastEventId=7' });
  expect(streams.followed.at(-1)?.options.from).toEqual({ sequence: 7 });
  await streams.ask(ALL, { query: 'LastEventId=7', headers: { 'Last-Event-ID': '9' } });
  expect(streams.followed.at(-1)?.options.from).toEqual({ sequence: 9 });
});

test.each([
  [{ query: 'LastEventId=abc' }, 'LastEventId must be the id of an event of this stream'],
  [{ headers: { 'Last-Event-ID': '-1' } }, 'Last-Event-ID must be the id of an event of this stream'],
  [{ query: 'Event=answered' }, 'Event must be of queued, initiated'],
  [{ query: 'Status=ringing,asleep' }, 'Status must be of queued, ringing'],
  [{ query: 'To=%2B' }, 'To is not a possible number'],
  [{ query: 'From=a b' }, 'From must be a number or a name'],
  [{ query: 'Metadata.a b=1' }, 'Metadata must have keys of 1 to 64'],
])('%o is refused', async (asked, message) => {
  await expect(streams.ask(ALL, asked)).rejects.toThrow(message);
  expect(streams.streams.size()).toBe(0);
});

test.each<[string, string[]]>([
  ['Event=ringing&Event=busy', ['a ringing', 'a busy', 'b ringing', 'b busy']],
  ['Event=queued,busy&To=%2B15551230001', ['a queued', 'a busy']],
  ['Event=busy&To=15551230001', ['a busy']],
  ['Event=busy&To=%2B1 (555) 123-0001', ['a busy']],
  ['Event=busy&From=bob', ['b busy']],
  ['Status=BUSY', ['a busy', 'b busy']],
  ['Event=busy&Direction=inbound', ['b busy']],
  ['Event=busy&Metadata.order=42', ['a busy']],
  ['Event=busy&Metadata.order=42&Metadata[name]=x', []],
])('%s gives %j', async (query, expected) => {
  const reader = readerOf(await streams.ask(ALL, { query }));
  const a = story({ to: '+15551230001', metadata: { order: '42', who: 'a' } });
  const b = story({ to: 'carol', from: 'bob', direction: 'inbound', metadata: { who: 'b' } });
  send([...a, ...b]);
  streams.followed[0]?.bus.end(null);
  const told = (await reader.rest()).map(({ event, data }) => {
    return `${JSON.parse(data ?? '').data.metadata.who} ${event}`;
  });
  expect(told).toEqual(expected);
});

test("a call's stream begins before the call, has nothing of other calls, and ends with it", async () => {
  const [queued, ringing, busy] = story() as [CallEvent, CallEvent, CallEvent];
  const { sid } = queued.data;
  streams.records.set(sid, recordOf(queued));
  const reader = readerOf(await streams.ask(ONE, { path: { CallSid: sid } }));
  expect(streams.followed[0]?.options.from).toEqual({ time: new Date('2026-11-23T09:59:50.000Z') });
  send([...story(), queued, ...story(), ringing, busy]);
  const told = await reader.rest();
  expect(told.map(({ event, id }) => [event, id])).toEqual([
    ['queued', '4'],
    ['ringing', '8'],
    ['busy', '9'],
  ]);
  expect(streams.ended).toEqual(['call-over']);
  expect(streams.streams.size()).toBe(0);
});

test('a reader that has the last event of a call is told not to come again', async () => {
  const [queued, , busy] = story() as [CallEvent, CallEvent, CallEvent];
  const path = { CallSid: queued.data.sid };
  streams.records.set(queued.data.sid, recordOf(busy));
  const asked = streams.ask(ONE, { path, headers: { 'Last-Event-ID': '9' } });
  while (streams.followed.length === 0) await streams.clock.advance(0);
  streams.followed[0]?.bus.send(busy, 9);
  expect(await asked).toEqual({ status: 204 });
});

test('a call that the stream has forgotten is told as history has it', async () => {
  const [queued, , busy] = story() as [CallEvent, CallEvent, CallEvent];
  streams.records.set(queued.data.sid, recordOf(busy));
  const reader = readerOf(await streams.ask(ONE, { path: { CallSid: queued.data.sid } }));
  await streams.clock.advance(10_000);
  const [gap, last] = await reader.rest();
  expect(gap?.event).toBe('gap');
  expect(last).toMatchObject({ event: 'busy', id: null });
  const told = JSON.parse(last?.data ?? '');
  expect(told).toMatchObject({
    id: busy.id,
    type: busy.type,
    sequence: 3,
    time: busy.time,
    subject: busy.subject,
  });
  expect(told.data.sipCode).toBe(486);
});

test('there is no stream of a call that is not the account’s, is none, or was deleted', async () => {
  const [queued, , busy] = story() as [CallEvent, CallEvent, CallEvent];
  const { sid } = queued.data;
  streams.records.set(sid, recordOf(queued));
  const other = { path: { CallSid: sid }, accountSid: `AC${'1'.repeat(32)}` };
  await expect(streams.ask(ONE, other)).rejects.toThrow('There is no such call');
  await expect(streams.ask(ONE, { path: { CallSid: 'CA1' } })).rejects.toThrow('There is no such call');
  const deleted = { ...busy.data, dateDeleted: '2026-11-24T10:00:00.000Z' };
  streams.records.set(sid, { call: deleted, sequence: 4 });
  await expect(streams.ask(ONE, { path: { CallSid: sid } })).rejects.toThrow('There is no such call');
  expect(streams.streams.size()).toBe(0);
});

test('an account has so many streams, and the process too; who goes makes room', async () => {
  const gone = new AbortController();
  await streams.ask(ALL, { signal: gone.signal });
  await streams.ask(ALL);
  await streams.ask(ALL);
  await expect(streams.ask(ALL)).rejects.toMatchObject({ status: 429 });
  gone.abort();
  await streams.ask(ALL);
  const other = `AC${'1'.repeat(32)}`;
  await streams.ask(ALL, { accountSid: other });
  await streams.ask(ALL, { accountSid: other });
  await expect(streams.ask(ALL, { accountSid: other })).rejects.toBeInstanceOf(TryAgainError);
  expect(streams.streams.size()).toBe(5);
});

test('who has gone before the answer holds no place', async () => {
  await streams.ask(ALL, { signal: AbortSignal.abort() });
  expect(streams.streams.size()).toBe(0);
  expect(streams.followed[0]?.bus.isStopped).toBe(true);
});

test('a stream ends when its credentials are not good any more, and not when nobody can tell', async () => {
  const reader = readerOf(await streams.ask(ALL));
  await reader.next();
  streams.authenticate = () => {
    throw new TryAgainError('Accounts are not known yet', 2);
  };
  await streams.clock.advance(10_000);
  expect(streams.ended).toEqual([]);
  for (const error of [new UnauthorizedError('wrong'), new ForbiddenError('suspended')]) {
    streams.authenticate = () => {
      throw error;
    };
    await streams.ask(ALL);
    await streams.clock.advance(10_000);
  }
  expect(streams.ended).toEqual(['refused', 'refused', 'refused']);
});

test('a process that stops ends its streams and begins none', async () => {
  const reader = readerOf(await streams.ask(ALL));
  await streams.streams.stop();
  expect(await reader.rest()).toEqual([]);
  await expect(streams.ask(ALL)).rejects.toBeInstanceOf(TryAgainError);
});
