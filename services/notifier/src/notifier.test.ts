import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Bus, type Consumer, connectBus } from '@trunkline/bus';
import { type CallNote, noteKind } from '@trunkline/contracts';
import { createLogger, createMetrics, systemClock } from '@trunkline/runtime';
import { createWebhookClient, type WebhookClient } from '@trunkline/webhook';
import { connect } from 'nats';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { createDeliverer, type Deliverer } from './deliver-callbacks.js';
import { createDeliveryObserver } from './observe-delivery.js';
import { sendCallback } from './send-callback.js';
import { createOwnerNotes } from './tell-owner.js';
import { ANSWERED, callEvents } from './testing/call-events.js';

const NATS_URL = process.env.TEST_NATS_URL;
const namespace = `t${randomBytes(6).toString('hex')}`;
const metrics = createMetrics('notifier');
const lines: string[] = [];
const log = createLogger({
  service: 'notifier',
  level: 'info',
  destination: { write: (line) => void lines.push(line) },
});
const notes: CallNote[] = [];
const owner = createOwnerNotes({ publish: (note) => void notes.push(note), now: () => new Date() });
const observer = createDeliveryObserver(metrics, log, owner);

let bus: Bus;
let client: WebhookClient;
let server: Server;
let seen: Record<string, string>[];
let respond: (params: Record<string, string>) => number | Promise<number>;

beforeEach(async () => {
  if (!NATS_URL) throw new Error('TEST_NATS_URL is not set: `npm test` starts a NATS and sets it');
  bus = await connectBus({ url: NATS_URL, namespace, name: 'notifier-test' });
  client = createWebhookClient({ allowPrivate: true });
  seen = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const params = Object.fromEntries(new URLSearchParams(body));
    seen.push(params);
    response.writeHead(await respond(params)).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  await Promise.all([bus?.close(), client?.close()]);
  server.closeAllConnections();
  server.close();
});

afterAll(async () => {
  const { hostname, port, username, password } = new URL(NATS_URL ?? '');
  const login = password ? { user: username, pass: password } : username ? { token: username } : {};
  const nats = await connect({ servers: `${hostname}:${port}`, ...login });
  const manager = await nats.jetstreamManager();
  const names = (await manager.streams.names().next()).filter((name) => name.includes(namespace));
  await Promise.all(names.map((name) => manager.streams.delete(name)));
  await nats.close();
});

async function startNotifier(): Promise<{ deliverer: Deliverer; events: Consumer; stop(): Promise<void> }> {
  const deliverer = createDeliverer({
    send: (callback) =>
      sendCallback(callback, { client, tokenOf: () => 'token', onOutcome: owner.attempted }),
    observer,
    clock: systemClock,
    limits: { perOrigin: 4, total: 16, maxHeld: 1000, maxParked: 1000 },
  });
  const events = await bus.consumeEach({
    durable: 'notifier',
    maxInFlight: 1000,
    handler: (delivery) => deliverer.accept(delivery),
    onPoison: () => {},
  });
  const stop = async () => {
    await deliverer.stop();
    await events.close();
  };
  return { deliverer, events, stop };
}

function urlOf(path: string): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

function statusesOf(callSid: string): (string | undefined)[] {
  return seen.filter((params) => params.CallSid === callSid).map((params) => params.CallStatus);
}

test('calls of the stream are told to the customer in order, and failures again', async () => {
  let failures = 1;
  respond = ({ CallStatus }) => (CallStatus === 'ringing' && failures-- > 0 ? 503 : 200);
  const notifier = await startNotifier();
  const calls = Array.from({ length: 20 }, () => callEvents({ url: urlOf('/progress') }, [...ANSWERED]));
  for (let n = 0; n < 5; n += 1) {
    await Promise.all(calls.map((events) => bus.publish(events[n] as (typeof events)[number])));
  }
  await expect.poll(() => notifier.events.pending(), { timeout: 10_000 }).toBe(0);
  const all = calls.map((events) => statusesOf(events[0]?.subject ?? ''));
  const inOrder = ['initiated', 'ringing', 'in-progress', 'completed'];
  expect(all.map((statuses) => [...new Set(statuses)])).toEqual(calls.map(() => inOrder));
  expect(seen).toHaveLength(81);
  expect(notes.map((note) => [noteKind(note), note.data.response?.status])).toEqual([
    ...Array.from({ length: 81 }, () => ['callback', expect.toBeOneOf([200, 503])]),
  ]);
  expect(notes.filter((note) => note.data.request?.attempt === 2)).toHaveLength(1);
  expect(await metrics.text()).toContain('trunkline_callbacks_total{result="sent",service="notifier"} 80');
  await notifier.stop();
});

test('a restart loses none and changes no order', async () => {
  let isUp = false;
  respond = () => (isUp ? 200 : 503);
  const first = await startNotifier();
  const events = callEvents({ url: urlOf('/secret?key=hunter2') }, [...ANSWERED]);
  const callSid = events[0]?.subject ?? '';
  for (const event of events) await bus.publish(event);
  await expect.poll(() => statusesOf(callSid).length, { timeout: 10_000 }).toBeGreaterThan(0);
  await first.stop();
  isUp = true;
  const before = statusesOf(callSid).length;
  const second = await startNotifier();
  await expect.poll(() => statusesOf(callSid).at(-1), { timeout: 45_000 }).toBe('completed');
  expect(statusesOf(callSid).slice(before)).toEqual(['initiated', 'ringing', 'in-progress', 'completed']);
  await second.stop();
  expect(lines.join('')).toContain('callback failed and will be sent again');
  expect(lines.join('')).not.toMatch(/hunter2|secret/);
}, 60_000);
