import { CALLS_STREAM, type CallEvent, mintSid } from '@trunkline/contracts';
import { Log } from '@trunkline/contracts/testing';
import { connect } from 'nats';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bus, FollowEventsOptions } from './bus.js';
import { parseServerAddress } from './server-address.js';
import { callStory, createTestBus, type TestBus } from './testing.js';

let cluster: TestBus;
let bus: Bus;
let seen: Log<CallEvent>;
let places: number[];
let ends: (Error | null)[];

const accountSid = mintSid('AC');

beforeEach(async () => {
  cluster = createTestBus(process.env.TEST_NATS_URL);
  bus = await cluster.connect();
  seen = new Log();
  places = [];
  ends = [];
});

afterEach(() => cluster.drop());

function follow(from: FollowEventsOptions['from'], changes: Partial<FollowEventsOptions> = {}) {
  return bus.followEvents({
    accountSid,
    from,
    onEvent: (event, place) => {
      places.push(place);
      seen.add(event);
    },
    onEnd: (error) => ends.push(error),
    ...changes,
  });
}

/** Publishes so many events in their order, of our account and of another in turn. */
async function publish(count: number): Promise<CallEvent[]> {
  const ours: CallEvent[] = [];
  for (let n = 0; n < count; n += 1) {
    const [own] = callStory(1, { accountSid }) as [CallEvent];
    const [foreign] = callStory(1) as [CallEvent];
    await bus.publish(own);
    await bus.publish(foreign);
    ours.push(own);
  }
  return ours;
}

const consumers = async () => {
  const nats = await connect(parseServerAddress(cluster.url));
  const manager = await nats.jetstreamManager();
  const { state } = await manager.streams.info(`${cluster.namespace}_${CALLS_STREAM}`);
  await nats.close();
  return state.consumer_count;
};

test('a follower from now on gets what comes of its account, and nothing else', async () => {
  await publish(3);
  await follow('new');
  const later = await publish(100);
  await seen.until('the events', (entries) => entries.length >= 100);
  expect(seen.entries).toEqual(later);
  expect(places).toEqual(later.map((_, n) => 7 + 2 * n));
});

test('a follower goes on from any place of the stream, or from a time', async () => {
  const events = await publish(5);
  await follow({ sequence: 4 });
  await seen.until('the rest', (entries) => entries.length === 3);
  expect(seen.entries).toEqual(events.slice(2));
  const all = new Log<CallEvent>();
  await follow({ time: new Date(0) }, { onEvent: (event) => all.add(event) });
  await all.until('everything', (entries) => entries.length === 5);
  await publish(1);
  await all.until('the next', (entries) => entries.length === 6);
});

test('a place that the stream never reached, or has forgotten, stands for its first event', async () => {
  const events = await publish(2);
  await follow({ sequence: 1_000 });
  await seen.until('all', (entries) => entries.length === 2);
  expect(seen.entries).toEqual(events);
  const next = new Log<CallEvent>();
  await follow({ sequence: 5 }, { onEvent: (event) => next.add(event) });
  const [third] = await publish(1);
  await next.until('the next', (entries) => entries.length > 0);
  expect(next.entries).toEqual([third]);
});

test('a paused follower gets nothing, asks for no more than it may keep, and then goes on', async () => {
  const follower = await follow('new');
  const first = await publish(1);
  await seen.until('the first', (entries) => entries.length === 1);
  follower.pause();
  const rest = await publish(150);
  expect(seen.entries).toEqual(first);
  expect(await undelivered()).toBeGreaterThanOrEqual(150 - 32);
  follower.resume();
  await seen.until('the rest', (entries) => entries.length === 151);
  expect(seen.entries).toEqual([...first, ...rest]);
});

async function undelivered(): Promise<number> {
  const nats = await connect(parseServerAddress(cluster.url));
  const manager = await nats.jetstreamManager();
  const [info] = await manager.consumers.list(`${cluster.namespace}_${CALLS_STREAM}`).next();
  await nats.close();
  return info?.num_pending ?? 0;
}

test('a reader may pause at each event', async () => {
  const events = await publish(80);
  const follower = await follow(
    { sequence: 1 },
    {
      onEvent: (event) => {
        follower.pause();
        seen.add(event);
        setImmediate(() => follower.resume());
      },
    },
  );
  await seen.until('all', (entries) => entries.length === 80);
  expect(seen.entries).toEqual(events);
});

test('a follower whose consumer the server has dropped goes on where it was', async () => {
  const follower = await follow('new');
  const first = await publish(2);
  await seen.until('the first', (entries) => entries.length === 2);
  follower.pause();
  await dropConsumers();
  const rest = await publish(3);
  follower.resume();
  await seen.until('the rest', (entries) => entries.length === 5);
  expect(seen.entries).toEqual([...first, ...rest]);
});

async function dropConsumers(): Promise<void> {
  const nats = await connect(parseServerAddress(cluster.url));
  const manager = await nats.jetstreamManager();
  const stream = `${cluster.namespace}_${CALLS_STREAM}`;
  for (const info of await manager.consumers.list(stream).next()) {
    await manager.consumers.delete(stream, info.name);
  }
  await nats.close();
}

test('a stopped follower is told once, gets nothing more, and leaves nothing on the server', async () => {
  const follower = await follow('new', { onEnd: (error) => ends.push(error) });
  expect(await consumers()).toBe(1);
  follower.stop();
  follower.stop();
  expect(ends).toEqual([null]);
  await publish(1);
  await expect.poll(consumers).toBe(0);
  expect(seen.entries).toEqual([]);
});

test('a reader that throws ends its follower, and closing the bus ends all', async () => {
  await follow('new', {
    onEvent: () => {
      throw new Error('no more');
    },
  });
  await publish(1);
  await expect.poll(() => ends.map((error) => error?.message)).toEqual(['no more']);
  await follow('new');
  await bus.close();
  expect(ends).toHaveLength(2);
  expect(ends[1]).toBeNull();
});

test.each(['*', '>', 'AC1', `${accountSid}.>`])('%s is no account', async (sid) => {
  await expect(follow('new', { accountSid: sid })).rejects.toThrow('is no account');
});
