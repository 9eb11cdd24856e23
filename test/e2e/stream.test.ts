import { CALLS_STREAM } from '@trunkline/contracts';
import { connect } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, recorded, requireEnv, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';
import { eventually, within } from '../support/deadline.js';
import { type EventMessage, EventSource } from '../support/event-source.js';
import { TcpGate } from '../support/tcp-gate.js';

let cluster: Cluster;
let customer: Customer;
let gate: TcpGate;
let url: string;

beforeAll(async () => {
  const nats = new URL(requireEnv('TEST_NATS_URL'));
  gate = await TcpGate.start(nats.hostname, Number(nats.port || 4222));
  nats.hostname = '127.0.0.1';
  nats.port = String(gate.port);
  [cluster, customer] = await Promise.all([startCluster({ natsUrl: nats.href }), Customer.start()]);
  url = customer.serve('/script', '<Response><Pause length="1"/><Hangup/></Response>');
});

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
  await gate?.stop();
});

const STORY = ['queued', 'initiated', 'ringing', 'in-progress', 'completed'];

function place(to: string, more: Record<string, string> = {}) {
  return cluster.api.createCall({ From: '+15559990000', To: to, Url: url, ...more });
}

function namesOf(messages: readonly EventMessage[]): string[] {
  return messages.map(({ event }) => event);
}

test('a call is followed from its first event to its last, and then the server ends the stream', async () => {
  const call = await place('+15551230001', { 'Metadata.order': '42' });
  const source = await EventSource.open(cluster.api, `/2012-04-24/Calls/${call.sid}/Stream`);
  const messages = await within(20_000, 'the stream ends', source.rest());
  expect(namesOf(messages)).toEqual(STORY);
  const last = JSON.parse(messages.at(-1)?.data ?? '');
  expect(last).toMatchObject({
    specversion: '1.0',
    subject: call.sid,
    sequence: 5,
    data: { status: 'completed', endReason: 'script-ended', metadata: { order: '42' } },
  });

  // A browser connects again, as it does whenever a stream ends, and is told not to.
  await recorded(cluster, call.sid, 'completed');
  const again = await cluster.api.request('GET', `/2012-04-24/Calls/${call.sid}/Stream`, undefined, {
    'last-event-id': messages.at(-1)?.id ?? '',
  });
  expect(again.status).toBe(204);

  // Who comes late is told all the same.
  const late = await EventSource.open(cluster.api, `/2012-04-24/Calls/${call.sid}/Stream`);
  expect(namesOf(await within(20_000, 'the stream ends', late.rest()))).toEqual(STORY);
});

test('a reader that was cut off goes on where it was: no event is missing, none comes twice', async () => {
  const path = '/2012-04-24/Calls/Stream?Event=queued,ringing,completed';
  const source = await EventSource.open(cluster.api, path);
  const call = await place('+15551240001');
  const [queued, ringing] = [await source.next(), await source.next()];
  expect(namesOf([queued, ringing] as EventMessage[])).toEqual(['queued', 'ringing']);
  source.cut();
  await cluster.events.endOf(call.sid);
  const second = await place('+15551250002');
  await cluster.events.endOf(second.sid);

  const resumed = await EventSource.open(cluster.api, path, ringing?.id);
  const following = [await resumed.next(), await resumed.next()];
  expect(following.map((message) => [message?.event, JSON.parse(message?.data ?? '').subject])).toEqual([
    ['completed', call.sid],
    ['queued', second.sid],
  ]);
  resumed.cut();
});

test('a stream stays open while NATS is away, and goes on after', async () => {
  const source = await EventSource.open(cluster.api, '/2012-04-24/Calls/Stream?Status=in-progress,completed');
  const call = await place('+15553330007');
  expect((await source.next())?.event).toBe('in-progress');
  gate.shut();
  await cluster
    .service('simulator')
    .log.waitFor('the end of the call', (line) => line.number === '+15553330007' && 'end' in line);
  gate.open();
  const last = await within(40_000, 'the last event', source.next());
  expect(last?.event).toBe('completed');
  expect(JSON.parse(last?.data ?? '').subject).toBe(call.sid);
  source.cut();
  await Promise.all(['api', 'dialer-0'].map((label) => cluster.service(label).whenReady()));
}, 90_000);

test('an api that is asked to stop ends its streams and is gone', async () => {
  const source = await EventSource.open(cluster.api, '/2012-04-24/Calls/Stream');
  const api = cluster.service('api');
  await Promise.all([api.kill('SIGTERM'), source.rest()]);
  await api.start();
});

test("a call's history is read back: its states, and its requests with what came of them", async () => {
  const call = await place('+15551260001');
  await cluster.events.endOf(call.sid);
  const path = `/2012-04-24/Calls/${call.sid}/Events.json?PageSize=100`;
  const events = await eventually(15_000, 'history has all events and the request', async () => {
    const response = await cluster.api.request('GET', path);
    const page = (await response.json()) as { events: Record<string, unknown>[] };
    const names = page.events.map(({ name }) => name);
    return names.includes('completed') && names.includes('markup-request') ? page.events : null;
  });
  const states = events.filter(({ sequence }) => sequence !== null);
  expect(states.map(({ name }) => name)).toEqual(STORY);
  expect(states.at(-1)).toMatchObject({ status: 'completed', reason: 'script-ended', sip_code: 200 });
  const [request] = events.filter(({ name }) => name === 'markup-request');
  expect(request).toMatchObject({
    request: { method: 'POST', url, attempt: 1 },
    response: { response_code: 200, error: null },
  });
});

test('events that the stream has forgotten are a gap, and a call is still told as it ended', async () => {
  const path = '/2012-04-24/Calls/Stream';
  const source = await EventSource.open(cluster.api, path);
  const call = await place('+15551270002');
  const first = await source.next();
  source.cut();
  await cluster.events.endOf(call.sid);
  await recorded(cluster, call.sid, 'busy');
  await forgetEvents();

  const resumed = await EventSource.open(cluster.api, path, first?.id);
  const next = await place('+15551280002');
  const [gap, queued] = [await resumed.next(), await resumed.next()];
  expect(gap?.event).toBe('gap');
  expect(JSON.parse(gap?.data ?? '')).toMatchObject({ after: Number(first?.id) });
  expect([queued?.event, JSON.parse(queued?.data ?? '').subject]).toEqual(['queued', next.sid]);
  resumed.cut();

  const ofCall = await EventSource.open(cluster.api, `/2012-04-24/Calls/${call.sid}/Stream`);
  const told = await within(30_000, 'the stream of the call ends', ofCall.rest());
  expect(namesOf(told)).toEqual(['gap', 'busy']);
  expect(JSON.parse(told[1]?.data ?? '')).toMatchObject({ subject: call.sid, data: { sipCode: 486 } });
}, 60_000);

/** As when they have grown too old. */
async function forgetEvents(): Promise<void> {
  const { hostname, port, username, password } = new URL(requireEnv('TEST_NATS_URL'));
  const login = password ? { user: username, pass: password } : { token: username };
  const nats = await connect({ servers: `${hostname}:${port || 4222}`, ...login });
  await (await nats.jetstreamManager()).streams.purge(`${cluster.namespace}_${CALLS_STREAM}`);
  await nats.close();
}
