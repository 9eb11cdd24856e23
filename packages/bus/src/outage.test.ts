import { spawnSync } from 'node:child_process';
import { type CallEvent, mintSid } from '@trunkline/contracts';
import { Log } from '@trunkline/contracts/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bus } from './bus.js';
import { connectBus } from './connect-bus.js';
import { BusUnavailableError } from './errors.js';
import { callStory, fenceOf, type PrivateNats, startPrivateNats } from './testing.js';

const binary = process.env.TEST_NATS_SERVER ?? 'nats-server';
const isThere = spawnSync(binary, ['--version']).status === 0;

let server: PrivateNats;
let bus: Bus;
let states: Log<boolean>;

beforeEach(async (context) => {
  if (!isThere) context.skip('no nats-server to kill: TEST_NATS_SERVER names none, and the PATH has none');
  server = await startPrivateNats(binary);
  states = new Log();
  bus = await connectBus({
    url: server.url,
    namespace: 'ns',
    name: 'test',
    onConnection: (up) => states.add(up),
  });
});

afterEach(async () => {
  await bus?.close();
  await server?.remove();
});

async function killServer(): Promise<void> {
  await server.kill();
  await states.until('the loss', (entries) => entries.at(-1) === false);
}

async function startServer(): Promise<void> {
  await server.start();
  await states.until('the return', (entries) => entries.at(-1) === true);
}

test('while the server is away every request fails at once, and says that it may be repeated', async () => {
  const [event] = callStory(1) as [CallEvent];
  await killServer();
  expect(bus.isConnected()).toBe(false);
  const startedMs = performance.now();
  const requests = [
    () => bus.publish(event),
    () => bus.fences.claim(event.subject, fenceOf('d')),
    () => bus.fences.read(event.subject),
    () => bus.leases.list(),
    () => bus.liveCalls.list(),
    () => bus.requestEndCall('d', { callSid: event.subject, status: 'completed' }),
  ];
  for (const request of requests) await expect(request()).rejects.toThrow(BusUnavailableError);
  expect(performance.now() - startedMs).toBeLessThan(500);
  await startServer();
  await bus.publish(event);
});

test('an outbox keeps events in order while the server is away, and publishes them after', async () => {
  const seen = new Log<CallEvent>();
  const faults: Error[] = [];
  await bus.consumeBatches({
    durable: 'recorder',
    maxBatch: 100,
    maxWaitMs: 5,
    handler: async (events) => {
      seen.addAll(events);
    },
    onPoison: () => {},
  });
  const outbox = bus.createOutbox({ onError: (error) => faults.push(error) });
  const stories = Array.from({ length: 20 }, () => callStory(4));
  for (const story of stories) outbox.publish(story[0] as CallEvent);
  expect(await outbox.flush(5_000)).toBe(true);
  await killServer();
  for (const story of stories) for (const event of story.slice(1)) outbox.publish(event);
  expect(await outbox.flush(50)).toBe(false);
  expect(outbox.depth()).toBe(60);
  await startServer();
  expect(await outbox.flush(20_000)).toBe(true);
  expect(outbox.depth()).toBe(0);
  const firsts = () => [...new Map(seen.entries.map((event) => [event.id, event])).values()];
  await seen.until('all events', () => firsts().length === 80, 20_000);
  for (const story of stories) {
    const sid = story[0]?.subject;
    expect(
      firsts()
        .filter((event) => event.subject === sid)
        .map((event) => event.sequence),
    ).toEqual([1, 2, 3, 4]);
  }
  expect(faults.every((fault) => fault instanceof BusUnavailableError)).toBe(true);
}, 60_000);

test('consumers and commands go on by themselves after a restart', async () => {
  const lent = new Log<string>();
  const consumer = await bus.consumeEach({
    durable: 'notifier',
    maxInFlight: 10,
    // The server may have lost an acknowledgement when it died: then the event comes once more.
    ackWaitMs: 1_000,
    handler: (delivery) => {
      lent.add(delivery.event.id);
      delivery.ack();
    },
    onPoison: () => {},
  });
  bus.serveEndCall('d', () => ({ result: 'not-live' }));
  const [before, after] = [callStory(1)[0], callStory(1)[0]] as [CallEvent, CallEvent];
  await bus.publish(before);
  await lent.until('the event before', (entries) => entries.includes(before.id));
  await killServer();
  await startServer();
  await bus.publish(after);
  await lent.until('the event after', (entries) => entries.includes(after.id), 20_000);
  await expect.poll(() => consumer.pending(), { timeout: 5_000 }).toBe(0);
  const command = { callSid: mintSid('CA'), status: 'completed' } as const;
  expect(await bus.requestEndCall('d', command)).toEqual({ result: 'not-live' });
}, 60_000);

test('a claim whose connection breaks is won all the same, and by its own id', async () => {
  const callSids = Array.from({ length: 50 }, () => mintSid('CA'));
  const fences = callSids.map(() => fenceOf('d'));
  const claims = callSids.map((callSid, n) => bus.fences.claim(callSid, fences[n] ?? fenceOf('d')));
  await killServer();
  await startServer();
  const results = await Promise.allSettled(claims);
  for (const [n, result] of results.entries()) {
    const held = await bus.fences.read(callSids[n] as string);
    expect(result.status).toBe('fulfilled');
    expect(held?.fence).toEqual(fences[n]);
  }
}, 60_000);

test('on a server that lost everything, the stream, buckets and consumers are made anew', async () => {
  const seen = new Log<string>();
  await bus.consumeBatches({
    durable: 'recorder',
    maxBatch: 10,
    maxWaitMs: 5,
    handler: async (events) => seen.addAll(events.map((event) => event.id)),
    onPoison: () => {},
  });
  await killServer();
  await server.forget();
  await startServer();
  const outbox = bus.createOutbox();
  const [event] = callStory(1) as [CallEvent];
  outbox.publish(event);
  expect(await outbox.flush(15_000)).toBe(true);
  await seen.until('the event', (entries) => entries.includes(event.id), 20_000);
  await expect.poll(() => bus.fences.claim(event.subject, fenceOf('d'))).toMatchObject({ won: true });
}, 60_000);

test('closing while the server is away does not hang', async () => {
  await bus.consumeEach({ durable: 'notifier', maxInFlight: 10, handler: () => {}, onPoison: () => {} });
  await killServer();
  const startedMs = performance.now();
  await bus.close();
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});
