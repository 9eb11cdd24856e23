import { type CallEvent, mintSid } from '@trunkline/contracts';
import { Log } from '@trunkline/contracts/testing';
import { connect } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bus } from './bus.js';
import { connectBus } from './connect-bus.js';
import { BusRefusedError, BusUnavailableError } from './errors.js';
import { parseServerAddress } from './server-address.js';
import { callStory, createTestBus, type TestBus } from './testing.js';

let cluster: TestBus;
let bus: Bus;

beforeAll(async () => {
  cluster = createTestBus(process.env.TEST_NATS_URL);
  bus = await cluster.connect();
});

afterAll(() => cluster.drop());

test('processes that start together create the stream once, with its limits', async () => {
  const fresh = createTestBus(process.env.TEST_NATS_URL);
  try {
    await Promise.all(Array.from({ length: 8 }, () => fresh.connect()));
    const config = await streamConfig(fresh);
    expect(config).toMatchObject({
      subjects: [`${fresh.namespace}.calls.>`],
      storage: 'file',
      max_age: 7 * 86_400e9,
      duplicate_window: 120e9,
      num_replicas: 1,
    });
  } finally {
    await fresh.drop();
  }
});

test('what an operator set on the stream stays', async () => {
  const fresh = createTestBus(process.env.TEST_NATS_URL);
  try {
    await fresh.connect();
    await withManager(async (manager) => {
      await manager.streams.update(`${fresh.namespace}_CALLS`, { max_age: 3_600e9, max_bytes: 1_000_000 });
    });
    await fresh.connect();
    expect(await streamConfig(fresh)).toMatchObject({ max_age: 3_600e9, max_bytes: 1_000_000 });
  } finally {
    await fresh.drop();
  }
});

test('an event that is published twice is on the stream once', async () => {
  const [event] = callStory(1) as [CallEvent];
  const before = await messages();
  await bus.publish(event);
  await bus.publish(event);
  expect(await messages()).toBe(before + 1);
});

test('an outbox publishes each call in its order, and many calls at once', async () => {
  const received = new Log<CallEvent>();
  const consumer = await bus.consumeBatches({
    durable: 'order',
    maxBatch: 500,
    maxWaitMs: 5,
    handler: async (events) => {
      received.addAll(events);
    },
    onPoison: () => {},
  });
  const stories = Array.from({ length: 300 }, () => callStory(5));
  const outbox = bus.createOutbox();
  for (let n = 0; n < 5; n += 1) {
    for (const story of stories) outbox.publish(story[n] as CallEvent);
  }
  expect(outbox.depth()).toBe(1_500);
  const [first] = stories as [CallEvent[]];
  await outbox.settled((first[0] as CallEvent).subject);
  expect(await outbox.flush(10_000)).toBe(true);
  expect(outbox.depth()).toBe(0);
  const sids = new Set(stories.map((story) => story[0]?.subject));
  const ours = () => received.entries.filter((event) => sids.has(event.subject));
  await received.until('all events', () => ours().length === 1_500);
  for (const sid of sids) {
    const sequences = ours()
      .filter((event) => event.subject === sid)
      .map((event) => event.sequence);
    expect(sequences).toEqual([1, 2, 3, 4, 5]);
  }
  await consumer.close();
});

test('an event that the server can never take does not hold up the end of its call', async () => {
  const dropped: [string, string][] = [];
  const outbox = bus.createOutbox({ onDropped: (event, error) => dropped.push([event.id, error.name]) });
  const sid = mintSid('CA');
  const [large] = callStory(1, { sid, to: 'x'.repeat(2_000_000) }) as [CallEvent];
  const [, end] = callStory(2, { sid }) as [CallEvent, CallEvent];
  outbox.publish(large);
  outbox.publish(end);
  await outbox.settled(sid);
  expect(dropped).toEqual([[large.id, 'BusRefusedError']]);
});

test('who cannot be let in, or cannot be reached, learns it without the password being repeated', async () => {
  const options = { namespace: '', name: 'test' };
  const url = new URL(cluster.url);
  url.username = 'wrong-token';
  const refused = await connectBus({ ...options, url: url.href }).catch((error) => error);
  expect(refused).toBeInstanceOf(BusUnavailableError);
  expect(refused.message).toMatch(/authorization/i);
  expect(refused.message).not.toContain('wrong-token');
  await expect(connectBus({ ...options, url: 'nats://127.0.0.1:1' })).rejects.toThrow(BusUnavailableError);
  await expect(connectBus({ ...options, url: 'http://127.0.0.1' })).rejects.toThrow(BusRefusedError);
  await expect(connectBus({ ...options, url: cluster.url, namespace: 'a.b' })).rejects.toThrow('namespace');
});

test('credentials are read from the URL in both forms', () => {
  expect(parseServerAddress('nats://t%40ken@host:4222')).toEqual({ servers: ['host:4222'], token: 't@ken' });
  expect(parseServerAddress('nats://me:s%3Acret@a:1,nats://b:2')).toEqual({
    servers: ['a:1', 'b:2'],
    user: 'me',
    pass: 's:cret',
  });
  expect(parseServerAddress('tls://[::1]:4222')).toEqual({ servers: ['[::1]:4222'], tls: {} });
});

async function messages(): Promise<number> {
  let count = 0;
  await withManager(async (manager) => {
    count = (await manager.streams.info(`${cluster.namespace}_CALLS`)).state.messages;
  });
  return count;
}

async function streamConfig(of: TestBus) {
  let config = {};
  await withManager(async (manager) => {
    config = (await manager.streams.info(`${of.namespace}_CALLS`)).config;
  });
  return config;
}

async function withManager(
  use: (
    manager: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['jetstreamManager']>>,
  ) => Promise<void>,
): Promise<void> {
  const nats = await connect(parseServerAddress(cluster.url));
  try {
    await use(await nats.jetstreamManager());
  } finally {
    await nats.close();
  }
}
