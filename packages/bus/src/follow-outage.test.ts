import { spawnSync } from 'node:child_process';
import {
  CALLS_STREAM,
  type CallEvent,
  type CallNote,
  createNote,
  DIRECTORY_BUCKET,
  type DirectoryEntry,
  directoryEntrySchema,
  directoryKey,
  mintSid,
} from '@trunkline/contracts';
import { Log } from '@trunkline/contracts/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bus } from './bus.js';
import { connectBus } from './connect-bus.js';
import { followEvents } from './follow-events.js';
import { bindBucket, JsonBucket } from './json-bucket.js';
import { type Link, openLink } from './link.js';
import {
  accountEntry,
  callStory,
  type PrivateNats,
  rateEntry,
  startPrivateNats,
  watchInto,
} from './testing.js';
import { watchBucket } from './watch-bucket.js';

const binary = process.env.TEST_NATS_SERVER ?? 'nats-server';
const isThere = spawnSync(binary, ['--version']).status === 0;
const accountSid = mintSid('AC');

let server: PrivateNats;
let bus: Bus;
let states: Log<boolean>;

beforeEach(async (context) => {
  if (!isThere) context.skip('no nats-server to kill: TEST_NATS_SERVER names none, and the PATH has none');
  server = await startPrivateNats(binary);
  states = new Log();
  bus = await connectBus({
    url: server.url,
    namespace: '',
    name: 'test',
    onConnection: (up) => states.add(up),
  });
});

afterEach(async () => {
  await bus?.close();
  await server?.remove();
});

async function replaceServer({ forget }: { forget: boolean }): Promise<void> {
  await server.kill();
  await states.until('the loss', (entries) => entries.at(-1) === false);
  if (forget) await server.forget();
  await server.start();
  await states.until('the return', (entries) => entries.at(-1) === true);
}

async function publish(count: number): Promise<CallEvent[]> {
  const outbox = bus.createOutbox();
  const events = callStory(count, { accountSid });
  for (const event of events) outbox.publish(event);
  expect(await outbox.flush(20_000)).toBe(true);
  return events;
}

async function follow(): Promise<Log<CallEvent>> {
  const seen = new Log<CallEvent>();
  await bus.followEvents({ accountSid, from: 'new', onEvent: (event) => seen.add(event), onEnd: () => {} });
  return seen;
}

test('a follower leaves no gap and repeats nothing over restarts, also before its first event', async () => {
  await publish(3);
  const [seen, busy] = [await follow(), await follow()];
  await replaceServer({ forget: false });
  const events = await publish(60);
  await seen.until('the events', (entries) => entries.length >= 60, 20_000);
  await busy.until('the events', (entries) => entries.length >= 60, 20_000);
  const more = publish(200);
  await replaceServer({ forget: false });
  events.push(...(await more), ...(await publish(1)));
  for (const log of [seen, busy]) {
    await log.until('all events', (entries) => entries.at(-1)?.id === events.at(-1)?.id, 20_000);
    // The stream itself may hold an event twice, whose acknowledgement was lost and whose window went with the server.
    expect(withoutCopies(log.entries)).toEqual(events);
  }
  expect(seen.entries).toEqual(busy.entries);
}, 60_000);

function withoutCopies(events: CallEvent[]): CallEvent[] {
  return [...new Map(events.map((event) => [event.id, event])).values()];
}

test('on a server that lost everything a follower begins with the first event of the new stream', async () => {
  await publish(5);
  const seen = await follow();
  await replaceServer({ forget: true });
  const events = await publish(8);
  await seen.until('the events', (entries) => entries.length >= 8, 20_000);
  expect(seen.entries).toEqual(events);
}, 60_000);

const readies = (count: number) => (entries: unknown[]) =>
  entries.filter((entry) => entry === 'ready').length === count;

test('a watch tells everything again after a restart, and keeps what a replaced server has lost', async () => {
  const seen = new Log<[string, DirectoryEntry | null] | 'ready'>();
  const [account, rate] = [accountEntry(), rateEntry()];
  await bus.directory.put(account);
  await bus.directory.put(rate);
  await watchInto(bus, seen);
  await seen.until('the first copy', readies(1));
  await replaceServer({ forget: false });
  await seen.until('the second copy', readies(2), 20_000);
  const all = [[directoryKey(account), account], [directoryKey(rate), rate], 'ready'];
  expect(seen.entries).toEqual([...all, ...all]);
  await replaceServer({ forget: true });
  await seen.until('the third copy', readies(3), 20_000);
  expect(seen.entries.slice(6)).toEqual(['ready']);
  await bus.directory.put(rate);
  await seen.until('the new entry', (entries) => entries.length === 8);
  expect(seen.entries[7]).toEqual([directoryKey(rate), rate]);
}, 60_000);

test('what the writer of a lost directory has not written again in its time was removed', async () => {
  const seen = new Log<[string, DirectoryEntry | null] | 'ready'>();
  const [account, rate] = [accountEntry(), rateEntry()];
  await bus.directory.put(account);
  await bus.directory.put(rate);
  const { link, bucket } = await openBucket();
  const watch = await watchBucket({
    link,
    bucket,
    onError: () => {},
    onEntry: (key, value) => seen.add([key, value]),
    onReady: () => seen.add('ready'),
    refillMs: 300,
  });
  await seen.until('the first copy', readies(1));
  await replaceServer({ forget: true });
  await seen.until('the empty copy', readies(2), 20_000);
  await bus.directory.put(rate);
  await seen.until('the refilled copy', readies(3), 20_000);
  const key = directoryKey(rate);
  expect(seen.entries.slice(4)).toEqual([[key, rate], [key, rate], [directoryKey(account), null], 'ready']);
  watch.stop();
  await link.close();
}, 60_000);

async function openBucket(): Promise<{ link: Link; bucket: JsonBucket<DirectoryEntry> }> {
  const link = await openLink(server.url, 'test');
  const jetStream = link.nats.jetstream();
  const bucket = new JsonBucket({
    link,
    kv: await bindBucket(jetStream, DIRECTORY_BUCKET),
    manager: await jetStream.jetstreamManager(),
    name: DIRECTORY_BUCKET,
    schema: directoryEntrySchema,
    onError: () => {},
  });
  return { link, bucket };
}

test('a follower that is stopped while the server is away leaves no subscription behind', async () => {
  const link = await openLink(server.url, 'test');
  const manager = await link.nats.jetstreamManager();
  const follower = await followEvents(
    { link, manager, stream: CALLS_STREAM, subjects: 'calls.>', onError: () => {} },
    { accountSid, from: 'new', onEvent: () => {}, onEnd: () => {} },
  );
  const { subscriptions } = (link.nats as unknown as { protocol: { subscriptions: { size(): number } } })
    .protocol;
  const during = subscriptions.size();
  const lost = new Promise<void>((resolve) => link.onChange(() => resolve()));
  await Promise.all([server.kill(), lost]);
  await follower.close();
  expect(subscriptions.size()).toBe(during - 1);
  await link.close();
});

test('notes of an outage are sent after it, and idempotency keys are claimed by their own call', async () => {
  const notes = new Log<CallNote>();
  await bus.consumeNotes({
    durable: 'recorder',
    maxBatch: 10,
    maxWaitMs: 5,
    handler: async (batch) => notes.addAll(batch),
    onPoison: () => {},
  });
  const value = { callSid: mintSid('CA'), bodyHash: 'ab', at: new Date().toISOString() };
  const claims = Array.from({ length: 20 }, (_, n) => bus.createKeys.claim(`key ${n}`, value));
  const replaced = replaceServer({ forget: false });
  await server.kill();
  const content = { accountSid, callSid: mintSid('CA') };
  const lost = createNote('error', content, new Date(), '/trunkline/test');
  bus.publishNote(lost);
  await replaced;
  await notes.until('the note', (entries) => entries.some((one) => one.id === lost.id), 20_000);
  expect(await Promise.all(claims)).toEqual(Array(20).fill({ won: true }));
}, 60_000);
