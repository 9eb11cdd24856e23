import { mintSid } from '@trunkline/contracts';
import { Log } from '@trunkline/contracts/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bus, ConsumeEachOptions, Delivery } from './bus.js';
import { callStory, createTestBus, type TestBus } from './testing.js';

let cluster: TestBus;
let bus: Bus;

beforeEach(async () => {
  cluster = createTestBus(process.env.TEST_NATS_URL);
  bus = await cluster.connect();
});

afterEach(() => cluster.drop());

function each(more: Partial<ConsumeEachOptions>): ConsumeEachOptions {
  return { durable: 'notifier', maxInFlight: 100, handler: () => {}, onPoison: () => {}, ...more };
}

test('a closed consumer gives back what it held, and its successor keeps the order', async () => {
  const held = new Log<Delivery>();
  const consumer = await bus.consumeEach(each({ handler: (delivery) => held.add(delivery) }));
  const story = callStory(6, { sid: mintSid('CA') });
  for (const event of story.slice(0, 4)) await bus.publish(event);
  await held.until('four', (entries) => entries.length === 4);
  held.entries[0]?.ack();
  await consumer.close();
  for (const event of story.slice(4)) await bus.publish(event);
  const again = new Log<number>();
  await bus.consumeEach(
    each({
      handler: (delivery) => {
        again.add(delivery.event.sequence);
        delivery.ack();
      },
    }),
  );
  await again.until('the rest', (entries) => entries.length === 5);
  expect(again.entries).toEqual([2, 3, 4, 5, 6]);
});

test.each([100, 1])(
  'the successor (room %i) of one that died lets nothing overtake what that held',
  async (room) => {
    const dead = await cluster.connect();
    const held = new Log<Delivery>();
    // Full, it asks for nothing more, and acknowledges nothing either.
    await dead.consumeEach(
      each({ ackWaitMs: 1_500, maxInFlight: 2, handler: (delivery) => held.add(delivery) }),
    );
    const story = callStory(5, { sid: mintSid('CA') });
    for (const event of story.slice(0, 2)) await bus.publish(event);
    await held.until('two', (entries) => entries.length === 2);
    const order = new Log<number>();
    await bus.consumeEach(
      each({
        ackWaitMs: 1_500,
        maxInFlight: room,
        handler: (delivery) => {
          order.add(delivery.event.sequence);
          delivery.ack();
        },
      }),
    );
    for (const event of story.slice(2)) await bus.publish(event);
    await order.until('all', (entries) => entries.length === 5);
    expect(order.entries).toEqual([1, 2, 3, 4, 5]);
  },
);

test('a successor without room waits for what its predecessor held on to for a moment longer', async () => {
  const dead = await cluster.connect();
  const held = new Log<Delivery>();
  await dead.consumeEach(
    each({ ackWaitMs: 1_000, maxInFlight: 2, handler: (delivery) => held.add(delivery) }),
  );
  const story = callStory(9, { sid: mintSid('CA') });
  for (const event of story.slice(0, 2)) await bus.publish(event);
  await held.until('two', (entries) => entries.length === 2);
  const order = new Log<number>();
  const handler = (delivery: Delivery) => {
    order.add(delivery.event.sequence);
    delivery.ack();
  };
  await bus.consumeEach(each({ ackWaitMs: 1_000, maxInFlight: 1, handler }));
  for (const event of story.slice(2)) await bus.publish(event);
  // Held on to until the successor, which had room for the third alone, has asked for them and was given new ones instead.
  const lastDelivered = async () => {
    for (const delivery of held.entries) delivery.working();
    return cluster.deliveredUpTo('notifier');
  };
  await expect.poll(lastDelivered, { timeout: 10_000 }).toBeGreaterThan(3);
  await order.until('all', (entries) => entries.length === 9);
  expect(order.entries).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
