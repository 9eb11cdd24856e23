import { type CallEvent, deleteEvent, recordOf } from '@trunkline/contracts';
import { createVirtualClock, settle, type VirtualClock } from '@trunkline/runtime/testing';
import { beforeEach, expect, test } from 'vitest';
import type { Callback } from './callback.js';
import { createDeliverer, type DeliveryLimits, type DeliveryObserver } from './deliver-callbacks.js';
import type { Attempt } from './judge-attempt.js';
import { ANSWERED, callEvents } from './testing/call-events.js';
import { FakeStream } from './testing/fake-stream.js';

const START_MS = Date.parse('2026-11-24T09:05:00Z');
const LIMITS: DeliveryLimits = { perOrigin: 4, total: 16, maxHeld: 100, maxParked: 100 };
const OK: Attempt = { kind: 'answered', status: 200, retryAfter: null };
const ERROR: Attempt = { kind: 'answered', status: 500, retryAfter: null };

let clock: VirtualClock;
let stream: FakeStream;
let log: string[];
let sent: string[];

beforeEach(() => {
  clock = createVirtualClock(START_MS);
  stream = new FakeStream(clock);
  log = [];
  sent = [];
});

const observer: DeliveryObserver = {
  onSent: (callback) => void log.push(`sent ${callback.event}`),
  onRetry: (callback) => void log.push(`retry ${callback.event}`),
  onGivenUp: (callback, why, reason) => void log.push(`${why} ${callback.event}: ${reason}`),
};

type Respond = (callback: Callback) => Attempt | Promise<Attempt>;

/** A deliverer connected to the stream, whose requests are answered by the test. */
function start(respond: Respond, limits: Partial<DeliveryLimits> = {}) {
  const deliverer = createDeliverer({
    send: async (callback) => {
      sent.push(`${callback.origin.slice(7)} ${callback.event}`);
      return respond(callback);
    },
    observer,
    clock,
    limits: { ...LIMITS, ...limits },
    random: () => 0.5,
  });
  stream.connect((delivery) => deliverer.accept(delivery));
  return deliverer;
}

function answeredCall(host: string): CallEvent[] {
  return callEvents({ url: `http://${host}/progress` }, [...ANSWERED]);
}

/** One call's only callback, its last. */
function shortCall(host: string): CallEvent[] {
  return callEvents({ url: `http://${host}/progress`, asked: ['completed'] }, ['busy']);
}

test('a call is told in order, each callback after the one before is done', async () => {
  const answers: ((attempt: Attempt) => void)[] = [];
  start(() => new Promise((resolve) => answers.push(resolve)));
  const events = answeredCall('a');
  stream.publish(...events);
  expect(stream.acked).toEqual([events[0]?.id]);
  for (let n = 0; n < 4; n += 1) {
    await settle();
    expect(answers).toHaveLength(n + 1);
    expect(stream.acked).toHaveLength(n + 1);
    answers[n]?.(OK);
  }
  await settle();
  expect(sent).toEqual(['a initiated', 'a ringing', 'a answered', 'a completed']);
  expect(stream.acked).toEqual(events.map((event) => event.id));
});

test('what nobody asked for is acknowledged and not sent', async () => {
  start(() => OK);
  stream.publish(
    ...callEvents({ url: 'http://a', asked: ['completed'] }, ['initiated', 'ringing', 'updated']),
  );
  stream.publish(...callEvents({ url: 'http://a', asked: [] }, ['busy']));
  await settle();
  expect(sent).toEqual([]);
  expect(stream.unacked).toEqual([]);
});

test('a failed one is sent again while the later ones of its call wait, and other calls go on', async () => {
  let failures = 3;
  start((callback) => (callback.origin === 'http://a' && failures-- > 0 ? ERROR : OK));
  stream.publish(...answeredCall('a'), ...answeredCall('b'));
  await settle();
  expect(sent.filter((one) => one.startsWith('b'))).toHaveLength(4);
  expect(sent.filter((one) => one.startsWith('a'))).toEqual(['a initiated']);
  await clock.advance(1000 + 2000 + 4000);
  expect(sent.filter((one) => one.startsWith('a'))).toEqual([
    'a initiated',
    'a initiated',
    'a initiated',
    'a initiated',
    'a ringing',
    'a answered',
    'a completed',
  ]);
  expect(stream.unacked).toEqual([]);
});

test('while a callback waits its events are kept from coming again, and after the last attempt it is given up', async () => {
  start((callback) => (callback.event === 'initiated' ? ERROR : OK));
  stream.publish(...answeredCall('a'));
  await clock.advance(14 * 60_000);
  expect(sent.filter((one) => one === 'a initiated')).toHaveLength(11);
  expect(log.filter((line) => !line.startsWith('retry'))).toEqual([
    'exhausted initiated: status 500',
    'sent ringing',
    'sent answered',
    'sent completed',
  ]);
  expect(stream.workings).toBeGreaterThan(100);
  expect(stream.unacked).toEqual([]);
});

test('a refused one is not sent again, and the next ones are', async () => {
  start((callback) => (callback.event === 'ringing' ? { ...OK, status: 404 } : OK));
  stream.publish(...answeredCall('a'));
  await settle();
  expect(log).toEqual(['sent initiated', 'refused ringing: status 404', 'sent answered', 'sent completed']);
});

test('what the stream delivers twice is sent once', async () => {
  const deliverer = start((callback) => (callback.event === 'answered' ? new Promise(() => {}) : OK));
  const events = answeredCall('a');
  stream.publish(...events);
  await settle();
  for (const event of events) stream.repeat(event);
  await settle();
  expect(sent).toEqual(['a initiated', 'a ringing', 'a answered']);
  expect(deliverer.counts().held).toBe(2);
});

test('a delivery that came again while it waited is the one that is acknowledged', async () => {
  let answer: (attempt: Attempt) => void = () => {};
  start(() => new Promise((resolve) => (answer = resolve)));
  const events = shortCall('a');
  stream.publish(...events);
  await settle();
  stream.repeat(events[1] as CallEvent);
  answer(OK);
  await settle();
  expect(stream.unacked).toEqual([]);
});

test('nothing follows the end of a call', async () => {
  start(() => OK);
  const late = answeredCall('a');
  stream.publish(late[0] as CallEvent, late[4] as CallEvent);
  await settle();
  stream.publish(late[2] as CallEvent);
  await settle();
  expect(sent).toEqual(['a completed']);
  expect(stream.unacked).toEqual([]);
});

test('that a record was deleted is told to nobody, and disturbs nothing', async () => {
  start(() => OK);
  const events = answeredCall('a');
  const last = recordOf(events.at(-1) as CallEvent);
  stream.publish(...events.slice(0, 3), deleteEvent(last, new Date(START_MS), 'api'), ...events.slice(3));
  await settle();
  await settle();
  expect(sent).toEqual(['a initiated', 'a ringing', 'a answered', 'a completed']);
  expect(stream.unacked).toEqual([]);
});

test('a host that never answers takes its share and no more', async () => {
  const deliverer = start((callback) => (callback.origin === 'http://slow' ? new Promise(() => {}) : OK), {
    maxHeld: 1000,
  });
  for (let n = 0; n < 20; n += 1) stream.publish(...answeredCall('slow'));
  for (let n = 0; n < 20; n += 1) stream.publish(...answeredCall('fast'));
  await settle();
  await settle();
  expect(sent.filter((one) => one.startsWith('fast'))).toHaveLength(80);
  expect(deliverer.counts().sending).toBeLessThanOrEqual(LIMITS.perOrigin);
});

test('what is over the share of a host goes back to the stream and comes again, in order of its call', async () => {
  let isUp = false;
  const stuck: (() => void)[] = [];
  const respond: Respond = ({ origin }) => {
    if (isUp || origin !== 'http://slow') return OK;
    return new Promise((resolve) => stuck.push(() => resolve(OK)));
  };
  const deliverer = start(respond, { maxHeld: 20 });
  const calls = Array.from({ length: 10 }, () => answeredCall('slow'));
  for (const events of calls) stream.publish(...events);
  expect(deliverer.counts()).toMatchObject({ held: 10, parked: 30 });
  stream.publish(...answeredCall('fast'));
  await settle();
  expect(sent.filter((one) => one.startsWith('fast'))).toHaveLength(4);
  isUp = true;
  for (const release of stuck) release();
  await clock.advance(200_000);
  expect(stream.unacked).toEqual([]);
  expect(deliverer.counts()).toEqual({ held: 0, sending: 0, parked: 0 });
  for (const events of calls) {
    const order = stream.acked.filter((id) => id.startsWith(events[0]?.subject ?? ''));
    expect(order).toEqual(events.map((event) => event.id));
  }
});

test('an account whose many hosts never answer takes its share and no more', async () => {
  const shortCallOf = (accountSid: string, host: string) =>
    callEvents({ url: `http://${host}`, asked: ['completed'], changes: { accountSid } }, ['busy']);
  const [mine, other] = [`AC${'a'.repeat(32)}`, `AC${'b'.repeat(32)}`];
  const respond: Respond = ({ accountSid }) => (accountSid === other ? OK : new Promise(() => {}));
  const deliverer = start(respond, { maxHeld: 20 });
  for (let n = 0; n < 40; n += 1) stream.publish(...shortCallOf(mine, `slow${n}`));
  expect(deliverer.counts()).toEqual({ held: 15, sending: 12, parked: 25 });
  stream.publish(...shortCallOf(other, 'fast'));
  await settle();
  expect(log).toEqual(['sent completed']);
});

test('an account that floods the stream makes none of another one be given up', async () => {
  const shortCallOf = (accountSid: string, host: string) =>
    callEvents({ url: `http://${host}`, asked: ['completed'], changes: { accountSid } }, ['busy']);
  const [mine, other] = [`AC${'a'.repeat(32)}`, `AC${'b'.repeat(32)}`];
  const deliverer = start(() => new Promise(() => {}), { maxHeld: 4, maxParked: 20 });
  for (let n = 0; n < 40; n += 1) stream.publish(...shortCallOf(mine, 'slow'));
  expect(deliverer.counts()).toMatchObject({ held: 2, parked: 15 });
  log.length = 0;
  for (let n = 0; n < 4; n += 1) stream.publish(...shortCallOf(other, 'also-slow'));
  expect(deliverer.counts()).toMatchObject({ held: 3, parked: 18 });
  expect(log).toEqual([]);
});

test('what is over every bound is given up and told', async () => {
  start(() => new Promise(() => {}), { maxHeld: 2, maxParked: 1 });
  stream.publish(...shortCall('slow'), ...shortCall('slow'), ...shortCall('slow'));
  expect(log).toEqual(['overload completed: too many callbacks wait for this host or account']);
});

test('what was given back to the stream is sent even when a later one of its call was given up', async () => {
  const stuck: (() => void)[] = [];
  start(
    ({ callSid }) => (callSid === first[0]?.subject ? new Promise((done) => stuck.push(() => done(OK))) : OK),
    {
      maxHeld: 2,
      maxParked: 1,
    },
  );
  const first = shortCall('slow');
  stream.publish(...first, ...answeredCall('slow'));
  expect(log.map((line) => line.split(':')[0])).toEqual([
    'overload ringing',
    'overload answered',
    'overload completed',
  ]);
  await settle();
  stuck[0]?.();
  await clock.advance(20_000);
  expect(log.slice(3)).toEqual(['sent completed', 'sent initiated']);
  expect(stream.unacked).toEqual([]);
});

test('stopping waits for requests under way and begins no more; the next process goes on', async () => {
  const answers: ((attempt: Attempt) => void)[] = [];
  const deliverer = start(() => new Promise((resolve) => answers.push(resolve)));
  const events = answeredCall('a');
  stream.publish(...events);
  await settle();
  let isStopped = false;
  const stopped = deliverer.stop().then(() => {
    isStopped = true;
  });
  await settle();
  expect(isStopped).toBe(false);
  answers[0]?.(OK);
  await stopped;
  expect(stream.unacked).toEqual(events.slice(2).map((event) => event.id));
  start(() => OK);
  await settle();
  expect(sent).toEqual(['a initiated', 'a ringing', 'a answered', 'a completed']);
  expect(stream.unacked).toEqual([]);
});
