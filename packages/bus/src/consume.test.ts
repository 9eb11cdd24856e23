import type { CallEvent } from '@trunkline/contracts';
import { Log } from '@trunkline/contracts/testing';
import { connect } from 'nats';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BatchConsumer, Bus, ConsumeBatchesOptions, ConsumeEachOptions, Delivery } from './bus.js';
import { parseServerAddress } from './server-address.js';
import { callStory, createTestBus, type TestBus } from './testing.js';

let cluster: TestBus;
let bus: Bus;

beforeEach(async () => {
  cluster = createTestBus(process.env.TEST_NATS_URL);
  bus = await cluster.connect();
});

afterEach(() => cluster.drop());

const noPoison = () => {};

function batches(more: Partial<ConsumeBatchesOptions>): ConsumeBatchesOptions {
  return {
    durable: 'recorder',
    maxBatch: 50,
    maxWaitMs: 10,
    handler: async () => {},
    onPoison: noPoison,
    ...more,
  };
}

function each(more: Partial<ConsumeEachOptions>): ConsumeEachOptions {
  return { durable: 'notifier', maxInFlight: 100, handler: () => {}, onPoison: noPoison, ...more };
}

async function allHandled(consumer: BatchConsumer): Promise<void> {
  await expect
    .poll(async () => {
      const { last, handled } = await consumer.progress();
      return last - handled;
    })
    .toBe(0);
}

async function publishAll(events: CallEvent[]): Promise<void> {
  await Promise.all(events.map((event) => bus.publish(event)));
}

test('batches come one at a time, none larger than asked, and are acknowledged when handled', async () => {
  const sizes: number[] = [];
  const seen = new Log<CallEvent>();
  let underWay = 0;
  const consumer = await bus.consumeBatches(
    batches({
      handler: async (events) => {
        underWay += 1;
        expect(underWay).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        sizes.push(events.length);
        underWay -= 1;
        seen.addAll(events);
      },
    }),
  );
  await publishAll(Array.from({ length: 230 }, () => callStory(1)).flat());
  await seen.until('all events', (entries) => entries.length === 230);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(50);
  await allHandled(consumer);
  await consumer.close();
});

test('a batch whose handler fails comes again, later', async () => {
  const [event] = callStory(1) as [CallEvent];
  const seen = new Log<CallEvent[]>();
  const consumer = await bus.consumeBatches(
    batches({
      handler: async (events) => {
        seen.add(events);
        if (seen.entries.length < 3) throw new Error('the database is away');
      },
    }),
  );
  await bus.publish(event);
  await seen.until('the third attempt', (entries) => entries.length === 3);
  expect(seen.entries.every((events) => events[0]?.id === event.id)).toBe(true);
  await allHandled(consumer);
  await consumer.close();
});

test('closing waits for the batch under way, and what was not handled comes to the next', async () => {
  const began = new Log<CallEvent[]>();
  let finish = () => {};
  const handler = (events: CallEvent[]) =>
    new Promise<void>((resolve) => {
      finish = resolve;
      began.add(events);
    });
  const consumer = await bus.consumeBatches(batches({ maxBatch: 1, handler }));
  const events = [callStory(1), callStory(1), callStory(1)].flat();
  await publishAll(events);
  await began.until('a batch', (entries) => entries.length === 1);
  const closing = consumer.close();
  finish();
  await closing;
  const rest = new Log<CallEvent>();
  const next = await bus.consumeBatches(batches({ handler: async (more) => rest.addAll(more) }));
  await rest.until('the other two', (entries) => entries.length === 2);
  const handled = [...(began.entries[0] ?? []), ...rest.entries].map((event) => event.id);
  expect(handled.sort()).toEqual(events.map((event) => event.id).sort());
  await next.close();
});

test('closing has handled what had arrived and waited for its batch', async () => {
  const handled: string[] = [];
  const handler = async (events: CallEvent[]) => {
    handled.push(...events.map((event) => event.id));
  };
  const consumer = await bus.consumeBatches(batches({ maxBatch: 100, maxWaitMs: 60_000, handler }));
  const events = [callStory(1), callStory(1)].flat();
  await publishAll(events);
  await expect.poll(() => cluster.deliveredUpTo('recorder')).toBe(2);
  // An answer on the same connection comes after what the server had given before.
  await consumer.progress();
  await consumer.close();
  expect(handled.sort()).toEqual(events.map((event) => event.id).sort());
});

test('two consumers of one name share the events', async () => {
  const other = await cluster.connect();
  const seen = new Log<string>();
  const handler = async (events: CallEvent[]) => {
    for (const event of events) seen.add(event.id);
  };
  await bus.consumeBatches(batches({ maxBatch: 5, handler }));
  await other.consumeBatches(batches({ maxBatch: 5, handler }));
  await publishAll(Array.from({ length: 100 }, () => callStory(1)).flat());
  await seen.until('all events', (entries) => entries.length >= 100);
  expect(new Set(seen.entries).size).toBe(100);
});

test('what is no event is reported once, and holds up nothing', async () => {
  const poison = new Log<[string, Error]>();
  const seen = new Log<CallEvent>();
  const onPoison = (raw: string, error: Error) => poison.add([raw, error]);
  const consumer = await bus.consumeBatches(
    batches({ handler: async (events) => seen.addAll(events), onPoison }),
  );
  await bus.consumeEach(each({ handler: (delivery) => delivery.ack(), onPoison }));
  const raw = ['{"no":', '{"specversion":"1.0"}', ''];
  const nats = await connect(parseServerAddress(cluster.url));
  for (const text of raw) await nats.jetstream().publish(`${cluster.namespace}.calls.x.queued`, text);
  await nats.close();
  const [event] = callStory(1) as [CallEvent];
  await bus.publish(event);
  await seen.until('the good event', (entries) => entries.length === 1);
  await poison.until('the poison, for both', (entries) => entries.length === 6);
  expect(poison.entries.map(([text]) => text).sort()).toEqual([...raw, ...raw].sort());
  expect(poison.entries.every(([, error]) => error.name === 'MalformedMessageError')).toBe(true);
  await allHandled(consumer);
});

test('no more is lent than asked for, until something is acknowledged', async () => {
  const lent = new Log<Delivery>();
  const consumer = await bus.consumeEach(each({ maxInFlight: 3, handler: (delivery) => lent.add(delivery) }));
  await publishAll(Array.from({ length: 8 }, () => callStory(1)).flat());
  await lent.until('three', (entries) => entries.length === 3);
  expect(await consumer.pending()).toBe(8);
  expect(lent.entries).toHaveLength(3);
  for (let n = 0; n < 8; n += 1) {
    await lent.until('one more', (entries) => entries.length > n);
    lent.entries[n]?.ack();
    lent.entries[n]?.ack();
  }
  await expect.poll(() => consumer.pending()).toBe(0);
  expect(lent.entries.map((delivery) => delivery.streamSequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('what is given back comes again when its time has come', async () => {
  const lent = new Log<Delivery>();
  await bus.consumeEach(each({ handler: (delivery) => lent.add(delivery) }));
  await publishAll(callStory(1));
  await lent.until('the first delivery', (entries) => entries.length === 1);
  const startedMs = performance.now();
  lent.entries[0]?.retryAfter(300);
  await lent.until('the second delivery', (entries) => entries.length === 2);
  expect(performance.now() - startedMs).toBeGreaterThan(250);
  expect(lent.entries[1]?.event).toEqual(lent.entries[0]?.event);
  lent.entries[1]?.ack();
});

test('a handler that throws gets the delivery again', async () => {
  const lent = new Log<Delivery>();
  const handler = (delivery: Delivery) => {
    lent.add(delivery);
    if (lent.entries.length === 1) throw new Error('a bug');
    delivery.ack();
  };
  const consumer = await bus.consumeEach(each({ handler }));
  await publishAll(callStory(1));
  await lent.until('the second delivery', (entries) => entries.length === 2);
  await expect.poll(() => consumer.pending()).toBe(0);
});

test('a delivery that is worked on stays, one that is forgotten comes again', async () => {
  const lent = new Log<Delivery>();
  await bus.consumeEach(each({ ackWaitMs: 600, handler: (delivery) => lent.add(delivery) }));
  await publishAll([callStory(1), callStory(1)].flat());
  await lent.until('both', (entries) => entries.length === 2);
  const [kept, forgotten] = lent.entries as [Delivery, Delivery];
  const working = setInterval(() => kept.working(), 200);
  await lent.until('the forgotten one, twice', (entries) => entries.length === 4);
  clearInterval(working);
  expect(lent.entries.slice(2).map((delivery) => delivery.event.id)).toEqual([
    forgotten.event.id,
    forgotten.event.id,
  ]);
});

test('how far history is can be told while events go on', async () => {
  const seen = new Log<CallEvent>();
  let finish = () => {};
  const isHeldUp = (events: CallEvent[]) => events.some((event) => event.sequence === 3);
  const handler = async (events: CallEvent[]) => {
    if (isHeldUp(events))
      await new Promise<void>((resolve) => {
        finish = resolve;
        seen.addAll(events);
      });
    else seen.addAll(events);
  };
  const consumer = await bus.consumeBatches(batches({ maxBatch: 1, handler }));
  expect(await consumer.progress()).toEqual({ last: 0, handled: 0 });
  const story = callStory(4);
  for (const event of story) await bus.publish(event);
  await seen.until('the third', (entries) => entries.length === 3);
  await expect.poll(() => consumer.progress()).toEqual({ last: 4, handled: 2 });
  finish();
  await expect.poll(() => consumer.progress()).toEqual({ last: 4, handled: 4 });
});
