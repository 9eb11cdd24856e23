import { randomBytes } from 'node:crypto';
import { type Bus, connectBus } from '@trunkline/bus';
import {
  advanceCall,
  type CallEvent,
  type CallRecord,
  createNote,
  deleteEvent,
  openCall,
  recordOf,
} from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { createLogger, createMetrics } from '@trunkline/runtime';
import { migrate, openStore, type Store, StoreUnavailableError } from '@trunkline/store';
import { createTestDatabase, type TestDatabase } from '@trunkline/store/testing';
import { connect } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRecorderConfig } from './config.js';
import { createObserver } from './observe.js';
import { type Recorder, startRecorder } from './start-recorder.js';

/** The recorder on real servers; the test says what dialers and notifiers would. */
const NAMESPACE = `t${randomBytes(6).toString('hex')}`;
const PAGE = { page: 0, pageSize: 100 };
const SOURCE = '/trunkline/test';

let store: Store;
let database: TestDatabase;
let bus: Bus;
let recorder: Recorder;
/** Whether a call's row was there when its history was written, for each write. */
const rowsBeforeLog: boolean[] = [];
let refusals = 1;

beforeAll(async () => {
  database = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(database.url);
  store = openStore({ url: database.url });
  bus = await connectBus({ url: serverUrl('TEST_NATS_URL'), namespace: NAMESPACE, name: 'recorder test' });
  const config = readRecorderConfig({
    DATABASE_URL: database.url,
    REDIS_URL: 'redis://unused',
    NATS_URL: serverUrl('TEST_NATS_URL'),
  });
  const observer = createObserver(
    createMetrics('recorder'),
    createLogger({ service: 'recorder', level: 'silent' }),
  );
  const queue = { add: async () => {} } as never;
  recorder = await startRecorder({ config, store: fragile(store), queue, bus, observer });
});

afterAll(async () => {
  for (const step of recorder?.drainSteps ?? []) await step.run(1_000);
  await bus?.close();
  await store?.close();
  await dropStreams();
  await database?.drop();
});

/** The store, whose log is away at first. */
function fragile(whole: Store): Store {
  return {
    ...whole,
    writeCallEvents: async (entries) => {
      const [first] = entries;
      if (first?.kind === 'state') {
        rowsBeforeLog.push((await whole.readCall(first.accountSid, first.callSid)) !== null);
        refusals -= 1;
        if (refusals >= 0) throw new StoreUnavailableError('Postgres is not available');
      }
      return whole.writeCallEvents(entries);
    },
  };
}

/** A call that was answered and is over, event by event. */
async function endedCall(): Promise<{ record: CallRecord; events: CallEvent[] }> {
  const events = [openCall(queuedCall(), SOURCE)];
  for (const name of ['initiated', 'ringing', 'in-progress', 'completed'] as const) {
    const last = events.at(-1) as CallEvent;
    const changes = name === 'completed' ? ({ endReason: 'hangup' } as const) : {};
    events.push(advanceCall(recordOf(last), name, changes, new Date(Date.parse(last.time) + 1_000), SOURCE));
  }
  for (const event of events) await bus.publish(event);
  return { record: recordOf(events.at(-1) as CallEvent), events };
}

const linesOf = async ({ call }: CallRecord) => (await store.listCallEvents(call.sid, PAGE)).entries;

test('a call’s history has its events and its notes, in the order of their times', async () => {
  const { record, events } = await endedCall();
  const { accountSid, sid: callSid } = record.call;
  const request = { method: 'POST', url: 'https://example.com/', event: 'answered', attempt: 1 } as const;
  const response = { status: 200, durationMs: 12, error: null };
  const at = new Date(Date.parse(record.call.dateUpdated) - 500);
  bus.publishNote(createNote('callback', { accountSid, callSid, request, response }, at, SOURCE));
  const warning = createNote('warning', { accountSid, callSid, message: 'Sms is not done' }, at, SOURCE);
  bus.publishNote(warning);
  await expect.poll(() => linesOf(record), { timeout: 15_000 }).toHaveLength(7);
  const lines = await linesOf(record);
  expect(lines.filter(({ kind }) => kind === 'state').map(({ id }) => id)).toEqual(
    events.map(({ id }) => id),
  );
  expect(new Set(lines.slice(4, 6).map(({ kind }) => kind))).toEqual(new Set(['callback', 'warning']));
  expect(lines.find(({ kind }) => kind === 'callback')).toMatchObject({ request, response });
  expect(lines.at(-1)).toMatchObject({
    name: 'completed',
    status: 'completed',
    reason: 'hangup',
    sequence: 5,
  });
  expect((await store.listNotifications(accountSid, { callSid }, PAGE)).notifications).toMatchObject([
    { sid: `NO${warning.id.replaceAll('-', '')}`, level: 1, message: 'Sms is not done' },
  ]);
  // The log was away when this began: its events came again, and the row had been written before either time.
  expect(refusals).toBeLessThan(0);
  expect(rowsBeforeLog.length).toBeGreaterThan(1);
  expect(new Set(rowsBeforeLog)).toEqual(new Set([true]));
});

test('a deleted call leaves its deletion, also when a note comes late', async () => {
  const { record } = await endedCall();
  const { accountSid, sid: callSid } = record.call;
  await expect.poll(() => linesOf(record), { timeout: 15_000 }).toHaveLength(5);
  await bus.publish(deleteEvent(record, new Date(), SOURCE));
  await expect.poll(() => linesOf(record), { timeout: 15_000 }).toMatchObject([{ name: 'deleted' }]);
  expect((await store.readCall(accountSid, callSid))?.call.dateDeleted).not.toBeNull();
  const other = queuedCall();
  bus.publishNote(createNote('warning', { accountSid, callSid }, new Date(), SOURCE));
  bus.publishNote(
    createNote('warning', { accountSid: other.accountSid, callSid: other.sid }, new Date(), SOURCE),
  );
  const arrived = async () => (await store.listNotifications(other.accountSid, {}, PAGE)).total;
  await expect.poll(arrived, { timeout: 15_000 }).toBe(1);
  expect(await linesOf(record)).toMatchObject([{ name: 'deleted' }]);
});

function serverUrl(name: 'TEST_DATABASE_URL' | 'TEST_NATS_URL'): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: run the tests with "npm test", which provides the servers`);
  return url;
}

async function dropStreams(): Promise<void> {
  const url = new URL(serverUrl('TEST_NATS_URL'));
  const nats = await connect({ servers: url.host, token: decodeURIComponent(url.username) });
  const manager = await nats.jetstreamManager();
  for await (const name of manager.streams.names()) {
    if (name.includes(NAMESPACE)) await manager.streams.delete(name);
  }
  await nats.close();
}
