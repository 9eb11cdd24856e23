import type { EventFollower, FollowEventsOptions } from '@trunkline/bus';
import { type CallEvent, openCall } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { settle } from '@trunkline/runtime/testing';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { shareFeeds } from './share-feeds.js';
import { FakeFollow } from './testing/fake-follow.js';

const ACCOUNT = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01';
const event = openCall(queuedCall({ accountSid: ACCOUNT }), '/trunkline/test');

interface Followed {
  options: FollowEventsOptions;
  bus: FakeFollow;
}

let followed: Followed[];
let refuse: Error | null;
let shared: ReturnType<typeof shareFeeds>;

beforeEach(() => {
  followed = [];
  refuse = null;
  shared = shareFeeds({
    followEvents: async (options) => {
      if (refuse) throw refuse;
      const bus = new FakeFollow();
      followed.push({ options, bus });
      return bus.follow(options);
    },
  });
});

class TestReader {
  readonly places: number[] = [];
  readonly ends: (Error | null)[] = [];
  follower: EventFollower | null = null;
  /** Pauses at this place. */
  pauseAt = 0;

  static async open(from: FollowEventsOptions['from'], accountSid = ACCOUNT): Promise<TestReader> {
    const reader = new TestReader();
    reader.follower = await shared.followEvents({
      accountSid,
      from,
      onEvent: (_: CallEvent, place) => {
        reader.places.push(place);
        if (place === reader.pauseAt) reader.follower?.pause();
      },
      onEnd: (error) => reader.ends.push(error),
    });
    return reader;
  }
}

const live = () => followed.filter(({ bus }) => !bus.isStopped);
const feed = () => live().find(({ options }) => options.from === 'new') as Followed;
const alone = () => live().find(({ options }) => options.from !== 'new') as Followed;

test('all who begin now share one way to the bus, a way for each account; the last that goes ends it', async () => {
  const readers = [await TestReader.open('new'), await TestReader.open('new')];
  await TestReader.open('new', `AC${'1'.repeat(32)}`);
  expect(followed.map(({ options }) => options.accountSid)).toEqual([ACCOUNT, `AC${'1'.repeat(32)}`]);
  feed().bus.send(event, 5);
  expect(readers.map(({ places }) => places)).toEqual([[5], [5]]);
  readers[0]?.follower?.stop();
  feed().bus.send(event, 6);
  expect(readers.map(({ places }) => places)).toEqual([[5], [5, 6]]);
  readers[1]?.follower?.stop();
  await settle();
  expect(live().map(({ options }) => options.accountSid)).toEqual([`AC${'1'.repeat(32)}`]);
  expect(readers.map(({ ends }) => ends)).toEqual([[null], [null]]);
  expect((await TestReader.open('new')).places).toEqual([]);
  expect(live()).toHaveLength(2);
});

test('who begins in the past reads alone until it has caught up, and then with the others', async () => {
  const reader = await TestReader.open({ sequence: 3 });
  const own = alone();
  own.bus.send(event, 3);
  own.bus.send(event, 4);
  feed().bus.send(event, 7);
  feed().bus.send(event, 8);
  own.bus.send(event, 7);
  expect(own.bus.isStopped).toBe(false);
  own.bus.send(event, 8);
  expect(own.bus.isStopped).toBe(true);
  own.bus.send(event, 9);
  feed().bus.send(event, 9);
  expect(reader.places).toEqual([3, 4, 7, 8, 9]);
  expect(live()).toHaveLength(1);
});

test('who is slow does not hold up the others, and comes back to them', async () => {
  const [slow, quick] = [await TestReader.open('new'), await TestReader.open('new')];
  slow.pauseAt = 2;
  for (const place of [1, 2, 3]) feed().bus.send(event, place);
  expect(quick.places).toEqual([1, 2, 3]);
  expect(slow.places).toEqual([1, 2]);
  slow.follower?.resume();
  await settle();
  expect(alone().options.from).toEqual({ sequence: 3 });
  const own = alone();
  own.bus.send(event, 3);
  expect(slow.places).toEqual([1, 2, 3]);
  expect(own.bus.isStopped).toBe(true);
  feed().bus.send(event, 4);
  expect([slow.places, quick.places]).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ]);
});

test('a bus that cannot be followed refuses the reader, and is asked again by the next', async () => {
  refuse = new Error('away');
  await expect(TestReader.open('new')).rejects.toThrow('away');
  await expect(TestReader.open({ sequence: 1 })).rejects.toThrow('away');
  refuse = null;
  await TestReader.open('new');
  expect(live()).toHaveLength(1);
});

test('what ends the feed ends its readers, once', async () => {
  const reader = await TestReader.open('new');
  const error = new Error('refused');
  feed().bus.end(error);
  reader.follower?.stop();
  expect(reader.ends).toEqual([error]);
});

test('however readers come, are slow and go, each is given every event from its first on, once and in order', async () => {
  const step = fc.oneof(
    fc.constant('publish' as const),
    fc.record({ open: fc.nat({ max: 6 }) }),
    fc.record({ pause: fc.nat({ max: 3 }) }),
    fc.record({ resume: fc.nat({ max: 3 }) }),
    fc.record({ deliver: fc.nat({ max: 5 }), count: fc.integer({ min: 1, max: 4 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const stream = new FakeStream();
      shared = shareFeeds(stream);
      const readers: { reader: TestReader; first: number }[] = [];
      for (const one of steps) {
        if (one === 'publish') stream.length += 1;
        else if ('open' in one) {
          const first = Math.max(1, stream.length + 1 - one.open);
          const from = one.open === 0 ? 'new' : { sequence: first };
          // The feed that a reader joins may not have heard of what was published last.
          if (from === 'new') stream.deliverAll();
          readers.push({ reader: await TestReader.open(from), first });
        } else if ('pause' in one) readers[one.pause]?.reader.follower?.pause();
        else if ('resume' in one) readers[one.resume]?.reader.follower?.resume();
        else stream.deliver(one.deliver, one.count);
        await settle();
      }
      for (let round = 0; round < 5; round += 1) {
        for (const { reader } of readers) reader.follower?.resume();
        await settle();
        stream.deliverAll();
      }
      for (const { reader, first } of readers) {
        const expected = Array.from({ length: Math.max(0, stream.length + 1 - first) }, (_, n) => first + n);
        expect(reader.places).toEqual(expected);
      }
      for (const { reader } of readers) reader.follower?.stop();
      await settle();
      expect(stream.open).toBe(0);
    }),
    { numRuns: 200 },
  );
});

/** A stream of so many events, whose followers are each given them when a test says so. */
class FakeStream {
  length = 0;
  readonly #followers: { next: number; isPaused: boolean; options: FollowEventsOptions }[] = [];

  get open(): number {
    return this.#followers.length;
  }

  async followEvents(options: FollowEventsOptions): Promise<EventFollower> {
    const { from } = options;
    const next = typeof from === 'object' && 'sequence' in from ? from.sequence : this.length + 1;
    const follower = { next, isPaused: false, options };
    this.#followers.push(follower);
    return {
      stop: () => {
        const index = this.#followers.indexOf(follower);
        if (index >= 0) this.#followers.splice(index, 1);
      },
      pause: () => {
        follower.isPaused = true;
      },
      resume: () => {
        follower.isPaused = false;
      },
    };
  }

  deliver(index: number, count: number): void {
    const follower = this.#followers[index];
    for (let n = 0; n < count && follower; n += 1) {
      if (follower.isPaused || follower.next > this.length || !this.#followers.includes(follower)) return;
      follower.next += 1;
      follower.options.onEvent(event, follower.next - 1);
    }
  }

  deliverAll(): void {
    for (const follower of [...this.#followers]) this.deliver(this.#followers.indexOf(follower), this.length);
  }
}
