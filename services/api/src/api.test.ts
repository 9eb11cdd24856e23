import { randomBytes } from 'node:crypto';
import { advanceCall, type CallEvent, recordOf } from '@trunkline/contracts';
import { createLogger, createMetrics, type DrainStep } from '@trunkline/runtime';
import { createTestDatabase, type TestDatabase } from '@trunkline/store/testing';
import { Redis } from 'ioredis';
import { connect } from 'nats';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readApiConfig } from './config.js';
import { connectServers, type Servers } from './connect-servers.js';
import { publicDocuments } from './documents/public-documents.js';
import { createRequestMetrics } from './observe.js';
import { type Features, openFeatures } from './open-features.js';
import { ACCOUNT, startTestApi, type TestApi } from './testing/test-api.js';

/** The API on real servers; the test does what the recorder and a dialer would do. */
const NAMESPACE = `t${randomBytes(6).toString('hex')}`;
const CALLS = '/2012-04-24/Calls.json';
const log = createLogger({ service: 'api', level: 'silent' });

const stop = new AbortController();
let database: TestDatabase;
let servers: Servers;
let features: Features;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase(process.env.TEST_DATABASE_URL);
  const config = readApiConfig({
    DATABASE_URL: database.url,
    REDIS_URL: serverUrl('TEST_REDIS_URL'),
    NATS_URL: serverUrl('TEST_NATS_URL'),
    NAMESPACE,
    SECRET_KEY: 'a-secret-key-for-tests',
    TRUNKLINE_ACCOUNT_SID: ACCOUNT.sid,
    TRUNKLINE_AUTH_TOKEN: ACCOUNT.token,
    TRUNKLINE_ACCOUNT_EMAIL: ACCOUNT.email,
  });
  const metrics = createMetrics('api');
  const requestMetrics = createRequestMetrics(metrics);
  const shared = { config, instance: 'api-1', log, signal: stop.signal };
  servers = await connectServers(shared);
  features = openFeatures({ ...shared, servers, metrics, requestMetrics });
  const { operations, admit, accounts } = features;
  await vi.waitFor(() => expect(accounts.state()).toBe('ready'), { timeout: 30_000 });
  const documents = publicDocuments(operations);
  api = await startTestApi(operations, { admit, documents, book: accounts.book });
});

afterAll(async () => {
  await runSteps(features?.beforeHttp);
  await api?.close();
  stop.abort();
  await runSteps(features?.afterHttp);
  await runSteps(servers?.closing);
  await Promise.all([dropStreams(), dropJobs()]);
  await database?.drop();
});

async function runSteps(steps: readonly DrainStep[] = []): Promise<void> {
  for (const step of steps) await step.run(1_000);
}

type CallJson = Record<string, unknown> & { sid: string; uri: string };

async function createCall(to = '+15551230001'): Promise<CallJson> {
  const form = { From: '+15559990000', To: to, Url: 'https://example.com/script' };
  const response = await api.send('POST', CALLS, { form });
  expect(response.status).toBe(201);
  return (await response.json()) as CallJson;
}

async function readJson(uri: string): Promise<Record<string, unknown>> {
  return (await (await api.send('GET', uri)).json()) as Record<string, unknown>;
}

/** What the dialer does with a job: it takes the fence and notes the call as its own. */
async function takeCall(sid: string): Promise<CallEvent> {
  const job = await servers.jobs.peek(sid);
  if (!job) throw new Error(`no job for ${sid}`);
  const fence = { owner: 'dialer-1', kind: 'dialer' as const, claimId: sid, at: new Date().toISOString() };
  expect((await servers.bus.fences.claim(sid, fence)).won).toBe(true);
  const ringing = advanceCall(job, 'ringing', { sipCode: 180 }, new Date(), 'dialer-1');
  await servers.bus.liveCalls.put({ owner: 'dialer-1', record: recordOf(ringing), dialog: null });
  return ringing;
}

test('a call is found before the recorder has written it: queued, and then as its dialer has it', async () => {
  const { sid, uri } = await createCall();
  expect(await readJson(uri)).toMatchObject({ sid, status: 'queued' });
  await takeCall(sid);
  expect(await readJson(uri)).toMatchObject({ sid, status: 'ringing', sip_code: 180 });
});

test('an accepted call is in the stream', async () => {
  const { sid } = await createCall();
  let batch: (events: CallEvent[]) => void = () => {};
  const arrived = new Promise<void>((resolve) => {
    batch = (events) => {
      if (events.some((event) => event.subject === sid)) resolve();
    };
  });
  const consumer = await servers.bus.consumeBatches({
    durable: 'test',
    maxBatch: 100,
    maxWaitMs: 10,
    handler: async (events) => batch(events),
    onPoison: (raw) => expect(raw).toBe('no poison'),
  });
  await arrived;
  await consumer.close();
});

test('a queued call is canceled by its fence: no dialer can take it any more', async () => {
  const { sid, uri } = await createCall();
  const ended = await api.send('POST', uri, { form: { Status: 'completed' } });
  expect([ended.status, await ended.json()]).toMatchObject([
    200,
    { status: 'canceled', end_reason: 'cancel-requested', hangup_side: 'local', duration: 0 },
  ]);
  await expect.poll(() => servers.jobs.peek(sid)).toBeNull();
  expect((await servers.bus.fences.read(sid))?.fence).toMatchObject({ kind: 'api', owner: 'api-1' });
});

test('a live call is ended by its dialer, and by none when that is gone', async () => {
  const { sid, uri } = await createCall();
  const { data } = await takeCall(sid);
  const service = servers.bus.serveEndCall('dialer-1', () => ({ result: 'ending', call: data }));
  expect((await api.send('POST', uri, { form: { Status: 'canceled' } })).status).toBe(200);
  service.stop();
  await expect
    .poll(async () => (await api.send('POST', uri, { form: { Status: 'canceled' } })).status)
    .toBe(503);
});

test('the list is read from history: filters, days, paging', async () => {
  const to = '+4930555';
  const calls = await Promise.all([createCall(to), createCall(to), createCall(to), createCall('bob')]);
  const queued = (await Promise.all(calls.map(({ sid }) => servers.jobs.peek(sid)))).flatMap(
    (record) => record ?? [],
  );
  const answered = queued.map((record) => {
    const startTime = '2026-11-24T12:00:00.000Z';
    return recordOf(advanceCall(record, 'in-progress', { startTime }, new Date(startTime), 'dialer-1'));
  });
  await servers.store.writeCalls([...queued, ...answered.slice(0, 2)]);
  const total = async (query: string) => (await readJson(`${CALLS}?${query}`)).total;
  expect(await total(`To=${to}`)).toBe(3);
  expect(await total('To=4930555&From=15559990000')).toBe(3);
  expect(await total('To=bob&Status=queued')).toBe(1);
  expect(await total(`To=${to}&Status=in-progress`)).toBe(2);
  expect(await total('StartTime=2026-11-24')).toBe(2);
  expect(await total('StartTime=2026-11-23')).toBe(0);
  expect(await total('StartTime<=2026-11-24')).toBe(0);
  expect(await total('StartTime<=2026-11-25')).toBe(2);
  expect(await total('StartTime>=2026-11-24T12:00:00Z&StartTime<=2026-11-24T12:00:00Z')).toBe(2);
  const first = await readJson(`${CALLS}?To=${to}&PageSize=2`);
  expect(first).toMatchObject({ num_pages: 2, start: 0, end: 1, previous_page_uri: null });
  const second = await readJson(String(first.next_page_uri));
  expect(second).toMatchObject({ page: 1, start: 2, end: 2, next_page_uri: null });
  const sids = [first, second].flatMap((page) => (page.calls as CallJson[]).map(({ sid }) => sid));
  expect(sids).toEqual(
    calls
      .slice(0, 3)
      .map(({ sid }) => sid)
      .sort()
      .reverse(),
  );
});

test('an Idempotency-Key makes one call of several requests, also of those at the same time', async () => {
  const form = { From: '1', To: '+15551230001', Twiml: '<Response/>', 'Metadata.order': '17' };
  const post = (key: string, changes = {}) =>
    api.send('POST', CALLS, { form: { ...form, ...changes }, headers: { 'Idempotency-Key': key } });
  const responses = await Promise.all(Array.from({ length: 5 }, () => post('ka')));
  const calls = (await Promise.all(responses.map((response) => response.json()))) as CallJson[];
  expect(responses.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
  expect(new Set(calls.map(({ sid }) => sid)).size).toBe(1);
  expect(responses.filter(({ headers }) => headers.has('idempotent-replayed')).length).toBe(4);
  expect((await post('ka', { To: '+15551230002' })).status).toBe(409);
  expect(((await (await post('another')).json()) as CallJson).sid).not.toBe(calls[0]?.sid);
});

test('the record of a call that is over is deleted, here and in history', async () => {
  const { sid, uri } = await createCall();
  expect(await readJson(uri)).toMatchObject({ status: 'queued' });
  expect((await api.send('DELETE', uri)).status).toBe(409);
  const job = await servers.jobs.peek(sid);
  expect((await api.send('POST', uri, { form: { Status: 'canceled' } })).status).toBe(200);
  expect((await api.send('DELETE', uri)).status).toBe(204);
  expect((await api.send('GET', uri)).status).toBe(404);
  if (job) await servers.store.writeCalls([job]);
  expect((await api.send('DELETE', uri)).status).toBe(404);
});

test('the first account is stored with its token sealed, and the cluster is told of it', async () => {
  const [row] = await servers.store.listAccounts();
  expect([row?.sid, row?.authTokenSealed.includes(ACCOUNT.token)]).toEqual([ACCOUNT.sid, false]);
  await expect.poll(() => servers.directory.tokenOf(ACCOUNT.sid)).toBe(ACCOUNT.token);
});

test('a rate, a sub-account and its key: each is there over HTTP at once', async () => {
  const rate = {
    Direction: 'outbound',
    Prefix: '1555',
    Currency: 'USD',
    PricePerMinute: '0.01',
    IncrementSeconds: '60',
  };
  const rates = `/2010-04-01/Accounts/${ACCOUNT.sid}/Rates.json`;
  expect((await api.send('POST', rates, { form: rate })).status).toBe(201);
  const form = { FriendlyName: 'Branch', Email: 'branch@company.com' };
  const created = await api.send('POST', '/2012-04-24/Accounts.json', { form });
  const child = (await created.json()) as { sid: string; auth_token: string };
  expect([created.status, child.sid]).toEqual([201, expect.stringMatching(/^AC/)]);
  const calls = `/2012-04-24/Accounts/${child.sid}/Calls.json`;
  expect((await api.send('GET', calls)).status).toBe(200);
});

test('the document is there, and describes what is there', async () => {
  const { paths } = (await (await api.send('GET', '/openapi.json')).json()) as { paths: object };
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/2012-04-24/Calls', '/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Events']),
  );
});

function serverUrl(name: 'TEST_DATABASE_URL' | 'TEST_NATS_URL' | 'TEST_REDIS_URL'): string {
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

async function dropJobs(): Promise<void> {
  const redis = new Redis(serverUrl('TEST_REDIS_URL'));
  const keys = await redis.keys(`*${NAMESPACE}*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}
