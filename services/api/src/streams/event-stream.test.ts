import { advanceCall, type CallEvent, openCall, recordOf } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { createVirtualClock, settle, type VirtualClock } from '@trunkline/runtime/testing';
import { beforeEach, expect, test } from 'vitest';
import { type EndOfStream, EventStream, type EventStreamOptions } from './event-stream.js';
import { FakeFollow } from './testing/fake-follow.js';
import { StreamReader } from './testing/read-stream.js';

const SOURCE = '/trunkline/test';
const queued = openCall(queuedCall(), SOURCE);
const ended = advanceCall(recordOf(queued), 'busy', {}, new Date('2026-11-24T10:00:03Z'), SOURCE);

let clock: VirtualClock;
let bus: FakeFollow;
let ends: EndOfStream[];
let sent: number;

beforeEach(() => {
  clock = createVirtualClock(0);
  bus = new FakeFollow();
  ends = [];
  sent = 0;
});

async function open(options: Partial<EventStreamOptions> = {}): Promise<EventStream> {
  const stream = new EventStream({
    clock,
    resumeAfter: null,
    fits: () => true,
    isLast: () => false,
    isAllowed: async () => true,
    conclude: async () => null,
    onSent: () => {
      sent += 1;
    },
    onEnd: (reason) => ends.push(reason),
    ...options,
  });
  await stream.start(bus.follow);
  return stream;
}

test('a reader is told when to come back, and each event with its place, its name and itself on one line', async () => {
  const reader = new StreamReader((await open()).body);
  bus.send({ ...queued, data: { ...queued.data, metadata: { note: 'two\nlines' } } }, 7);
  expect(await reader.next()).toMatchObject({ retry: '3000', event: null });
  const message = await reader.next();
  expect(message).toMatchObject({ id: '7', event: 'queued' });
  expect(JSON.parse(message?.data ?? '')).toMatchObject({
    id: queued.id,
    data: { metadata: { note: 'two\nlines' } },
  });
  expect(sent).toBe(1);
});

test('a reader that resumes is not told again of its last event, and misses none', async () => {
  const reader = new StreamReader((await open({ resumeAfter: 7 })).body);
  bus.send(queued, 7);
  bus.send(ended, 12);
  expect(await reader.nextEvent()).toMatchObject({ id: '12', event: 'busy' });
});

test('a reader whose last event is forgotten is told that something is missing, and then goes on', async () => {
  const reader = new StreamReader((await open({ resumeAfter: 7 })).body);
  bus.send(queued, 9);
  const gap = await reader.nextEvent();
  expect(gap).toMatchObject({ event: 'gap', id: null });
  expect(JSON.parse(gap?.data ?? '')).toMatchObject({ after: 7 });
  expect(await reader.nextEvent()).toMatchObject({ id: '9', event: 'queued' });
});

test('places that begin anew are a gap too', async () => {
  const reader = new StreamReader((await open()).body);
  bus.send(queued, 900);
  bus.send(ended, 1);
  expect((await reader.nextEvent())?.event).toBe('queued');
  expect((await reader.nextEvent())?.event).toBe('gap');
  expect(await reader.nextEvent()).toMatchObject({ id: '1', event: 'busy' });
});

test('everything that is kept is no gap', async () => {
  const reader = new StreamReader((await open({ resumeAfter: 0 })).body);
  bus.send(queued, 41);
  expect(await reader.nextEvent()).toMatchObject({ id: '41', event: 'queued' });
});

test('an idle stream is kept alive, and carries the place behind what was left out', async () => {
  const reader = new StreamReader((await open({ fits: () => false })).body);
  await reader.next();
  bus.send(queued, 5);
  await clock.advance(15_000);
  expect(await reader.next()).toMatchObject({ comment: 'alive', id: '5', data: null, event: null });
  await clock.advance(15_000);
  expect(await reader.next()).toMatchObject({ comment: 'alive', id: null });
});

test('the last event of a call ends its stream', async () => {
  const reader = new StreamReader((await open({ isLast: (event) => event.data.status === 'busy' })).body);
  bus.send(queued, 1);
  bus.send(ended, 2);
  bus.send(queued, 3);
  expect((await reader.rest()).map(({ event }) => event)).toEqual(['queued', 'busy']);
  expect(ends).toEqual(['call-over']);
  expect(bus.isStopped).toBe(true);
});

test('the bus is paused while a reader is slow, and goes on when it reads', async () => {
  const reader = new StreamReader((await open()).body);
  let place = 0;
  while (!bus.isPaused && place < 1000) bus.send(queued, ++place);
  expect(place).toBeLessThan(1000);
  await reader.next();
  await settle();
  expect(bus.isPaused).toBe(false);
  bus.send(ended, ++place);
  for (let n = 1; n < place; n += 1) expect((await reader.nextEvent())?.id).toBe(String(n));
  expect((await reader.nextEvent())?.event).toBe('busy');
});

test('who does not read at all is cut off', async () => {
  await open();
  await clock.advance(15_000);
  expect(ends).toEqual([]);
  await clock.advance(15_000);
  expect(ends).toEqual(['slow']);
  expect(bus.isStopped).toBe(true);
});

test('who may not read any more is told nothing more', async () => {
  let isAllowed = true;
  const reader = new StreamReader((await open({ isAllowed: async () => isAllowed })).body);
  await clock.advance(10_000);
  expect(ends).toEqual([]);
  isAllowed = false;
  await reader.next();
  await clock.advance(10_000);
  bus.send(queued, 1);
  expect(ends).toEqual(['refused']);
  expect(await reader.rest()).toEqual([]);
});

test('a call that is over, and whose last event is forgotten, is told as it ended', async () => {
  let looks: (CallEvent | null)[] = [null, ended];
  const reader = new StreamReader((await open({ conclude: async () => looks.shift() ?? null })).body);
  await clock.advance(10_000);
  expect(ends).toEqual([]);
  await clock.advance(10_000);
  looks = [];
  const messages = await reader.rest();
  expect(messages.map(({ event, id }) => [event, id])).toEqual([
    ['gap', null],
    ['busy', null],
  ]);
  expect(ends).toEqual(['call-over']);
});

test('a reader that has the last event has nothing to come for', async () => {
  const stream = await open({ resumeAfter: 2, isLast: () => true });
  const isOver = stream.isOverSoon(1_000);
  bus.send(ended, 2);
  expect(await isOver).toBe(true);
});

test('a reader that has not is waited for no longer than it takes', async () => {
  const stream = await open({ resumeAfter: 1, isLast: (event) => event.data.status === 'busy' });
  const isOver = stream.isOverSoon(1_000);
  await clock.advance(1_000);
  expect(await isOver).toBe(false);
  bus.send(queued, 1);
  bus.send(ended, 2);
  expect((await new StreamReader(stream.body).rest()).map(({ event }) => event)).toEqual(['busy']);
});

test.each<[string, (stream: EventStream) => unknown, EndOfStream]>([
  ['the client goes', (stream) => stream.body.cancel(), 'client-gone'],
  ['the process stops', (stream) => stream.end('stopping'), 'stopping'],
  ['the bus ends it', () => bus.end(new Error('refused')), 'bus'],
])('when %s everything is let go, once', async (_, stop, reason) => {
  const stream = await open();
  await stop(stream);
  stream.end('slow');
  expect(ends).toEqual([reason]);
  expect(bus.isStopped).toBe(true);
  await clock.advance(60_000);
  expect(ends).toEqual([reason]);
});

test('a bus that cannot be followed just now is the error of the request', async () => {
  const stream = new EventStream({
    clock,
    resumeAfter: null,
    fits: () => true,
    isLast: () => false,
    isAllowed: async () => true,
    conclude: async () => null,
    onSent: () => {},
    onEnd: (reason) => ends.push(reason),
  });
  await expect(stream.start(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(ends).toEqual(['bus']);
});
