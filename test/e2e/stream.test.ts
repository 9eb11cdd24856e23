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
