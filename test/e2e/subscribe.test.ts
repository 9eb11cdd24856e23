import { type Bus, connectBus } from '@trunkline/bus';
import {
  advanceCall,
  CALLS_STREAM,
  type CallEvent,
  createNote,
  endCallSubject,
  FENCES_BUCKET,
  mintSid,
  openCall,
  recordOf,
} from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { AckPolicy, type NatsConnection } from 'nats';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ConfiguredNats } from '../support/configured-nats.js';
import { Log } from '../support/deadline.js';

/** As in infra/nats/subscribers.conf. */
const SHOP = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01';
const BANK = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f02';
const CLINIC = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f03';
const SOURCE = '/trunkline/test';

let server: ConfiguredNats;
let bus: Bus;
const connections: NatsConnection[] = [];

beforeAll(async () => {
  server = await ConfiguredNats.start();
  bus = await connectBus({ url: server.url('trunkline:own'), namespace: '', name: 'test' });
});

afterEach(async () => {
  await Promise.all(connections.splice(0).map((one) => one.close()));
});

afterAll(async () => {
  await bus?.close();
  await server?.remove();
});

test('a subscriber reads the events and notes of its account, and nothing of another', async () => {
  const [shop, bank] = [await listen('shop', 'shop', '>'), await listen('bank', 'bank', '>')];
  const [ofShop, ofBank] = [openedCall(SHOP), openedCall(BANK)];
  await bus.publish(ofBank);
  await bus.publish(ofShop);
  bus.publishNote(createNote('warning', { accountSid: SHOP, callSid: ofShop.subject }, new Date(), SOURCE));
  await shop.waitFor('a note', ({ subject }) => subject.startsWith('notes.'));
  await bank.waitFor('an event', ({ subject }) => subject.startsWith('calls.'));
  expect(shop.entries.map(({ subject }) => subject)).toEqual([
    `calls.${SHOP}.queued`,
    `notes.${SHOP}.warning`,
  ]);
  expect(shop.entries[0]?.data).toEqual(ofShop);
  expect(bank.entries.map(({ data }) => data.subject)).toEqual([ofBank.subject]);
});

test('asking for another account’s subjects, or for all, gives nothing of it', async () => {
  const heard: Log<Heard>[] = [];
  for (const subject of ['calls.>', `calls.${BANK}.>`, `notes.${BANK}.>`, 'calls.*.queued', '$KV.>']) {
    heard.push(await listen('shop', 'shop', subject));
  }
  const [ofBank, ofShop] = [openedCall(BANK), openedCall(SHOP)];
  await bus.publish(ofBank);
  await bus.publish(ofShop);
  await heard[0]?.waitFor('its own', ({ data }) => data.subject === ofShop.subject);
  const subjects = heard.flatMap(({ entries }) => entries.map(({ subject }) => subject));
  expect(new Set(subjects)).toEqual(new Set([`calls.${SHOP}.queued`]));
});

test('a subscriber publishes nothing, and reaches neither commands, buckets nor streams', async () => {
  const nats = await login('shop', 'shop');
  const refused = new Log<string>();
  void (async () => {
    for await (const status of nats.status()) refused.add(String(status.data));
  })();
  const claimed = openedCall(SHOP);
  await bus.fences.claim(claimed.subject, fence('dialer-1'));
  const taken: unknown[] = [];
  const serving = bus.serveEndCall('dialer-1', (command) => {
    taken.push(command);
    return { result: 'not-live' };
  });
  nats.publish(`calls.${SHOP}.completed`, '{}');
  nats.publish(endCallSubject('dialer-1'), '{}');
  nats.publish(`$KV.${FENCES_BUCKET}.${claimed.subject}`, '{}');
  await refused.waitFor('a refusal', () => true);
  await nats.flush();
  await expect(nats.jetstreamManager()).rejects.toThrow();
  serving.stop();
  expect(taken).toEqual([]);
  expect((await bus.fences.read(claimed.subject))?.fence.owner).toBe('dialer-1');
});

test('one that may publish in its own account, and has JetStream there, touches nothing of ours', async () => {
  const nats = await login('bank', 'bank');
  const manager = await nats.jetstreamManager();
  await expect(manager.streams.info(CALLS_STREAM)).rejects.toThrow('stream not found');
  await expect(
    manager.streams.add({ name: 'KV_fences', subjects: [`calls.${SHOP}.>`] }),
  ).resolves.toBeTruthy();
  await manager.streams.delete('KV_fences');
  const shop = await listen('shop', 'shop', '>');
  const before = await lastOf(SHOP);
  nats.publish(`calls.${SHOP}.completed`, '{"spoofed":true}');
  nats.publish(`calls.${BANK}.completed`, '{"spoofed":true}');
  nats.publish(`$KV.${FENCES_BUCKET}.x`, '{}');
  await nats.flush();
  const next = openedCall(SHOP);
  await bus.publish(next);
  await shop.waitFor('the next event', ({ data }) => data.subject === next.subject);
  expect(shop.entries).toHaveLength(1);
  // The stream has one message more: ours.
  expect(await lastOf(SHOP)).toBe(before + 1);
});

test('it keeps events in a stream of its own, and reads there what came while it was away', async () => {
  const nats = await login('bank', 'bank');
  const manager = await nats.jetstreamManager();
  await manager.streams.add({ name: 'EVENTS', subjects: [`calls.${BANK}.>`] });
  await nats.close();
  const event = openedCall(BANK);
  await bus.publish(openedCall(SHOP));
  await bus.publish(event);

  const again = await login('bank', 'bank');
  const jetStream = again.jetstream();
  await (await again.jetstreamManager()).consumers.add('EVENTS', {
    durable_name: 'ledger',
    ack_policy: AckPolicy.Explicit,
  });
  const message = await (await jetStream.consumers.get('EVENTS', 'ledger')).next({ expires: 5_000 });
  expect(message?.json<CallEvent>().subject).toBe(event.subject);
  message?.ack();
});

test('the services’ own user can do all that they do', async () => {
  const queued = openedCall(SHOP);
  await bus.publish(queued);
  expect(await bus.fences.claim(queued.subject, fence('dialer-2'))).toEqual({ won: true });
  await bus.leases.renew({
    dialerId: 'dialer-2',
    sipAddress: '127.0.0.1:5060',
    startedAt: new Date().toISOString(),
    draining: false,
    trunks: {},
  });
  expect((await bus.leases.list()).map(({ dialerId }) => dialerId)).toEqual(['dialer-2']);
  const followed = new Log<CallEvent>();
  const follower = await bus.followEvents({
    accountSid: SHOP,
    from: { time: new Date(Date.now() - 60_000) },
    onEvent: (event) => followed.add(event),
    onEnd: () => {},
  });
  const batches = new Log<CallEvent>();
  const consumer = await bus.consumeBatches({
    durable: 'history',
    maxBatch: 10,
    maxWaitMs: 10,
    handler: async (events) => {
      for (const event of events) batches.add(event);
    },
    onPoison: () => {},
  });
  const ended = advanceCall(recordOf(queued), 'busy', {}, new Date(), SOURCE);
  await bus.publish(ended);
  await followed.waitFor('the end', (event) => event.id === ended.id);
  await batches.waitFor('the end', (event) => event.id === ended.id);
  expect(new Set(followed.entries.map(({ data }) => data.accountSid))).toEqual(new Set([SHOP]));
  follower.stop();
  await consumer.close();
});

test('a subscriber is added while the server runs; a block that asks for another’s events does not load', async () => {
  const shop = await listen('shop', 'shop', '>');
  const block = (subject: string) => `
${CLINIC} {
  users: [ { user: clinic, password: clinic } ]
  imports: [ { stream: { account: TRUNKLINE, subject: "${subject}" } } ]
}`;
  expect(await server.add(block(`calls.${SHOP}.>`))).toContain('import not authorized');
  expect(await server.add(block(`calls.${CLINIC}.>`))).toContain('Reloaded server configuration');
  const clinic = await listen('clinic', 'clinic', '>');
  const event = openedCall(CLINIC);
  await bus.publish(event);
  const last = openedCall(SHOP);
  await bus.publish(last);
  await clinic.waitFor('its event', ({ data }) => data.subject === event.subject);
  await shop.waitFor('its event', ({ data }) => data.subject === last.subject);
  expect(shop.entries).toHaveLength(1);
});

/** Why infra/nats has no consumers on the cluster's stream: what a permission to create one would allow. */
test('a right to create consumers on our stream would hold the filter, but not where it is delivered', async () => {
  const own = await ConfiguredNats.start(`
listen: "127.0.0.1:-1"
jetstream { store_dir: "STORE" }
authorization { users: [
  { user: trunkline, password: own }
  { user: shop, password: shop, permissions: {
    publish: ["$JS.API.CONSUMER.CREATE.CALLS.*.calls.${SHOP}.>"], subscribe: ["_INBOX.>"] } }
] }`);
  const inner = await connectBus({ url: own.url('trunkline:own'), namespace: '', name: 'test' });
  try {
    await inner.publish(openedCall(SHOP));
    const commands = new Log<string>();
    const service = await own.connect('trunkline', 'own');
    service.subscribe(endCallSubject('dialer-1'), {
      callback: (_, message) => commands.add(message.string()),
    });
    await service.flush();
    const nats = await own.connect('shop', 'shop');
    const create = async (filter: string, config: object) => {
      const body = {
        stream_name: CALLS_STREAM,
        config: { filter_subject: filter, ack_policy: 'none', ...config },
      };
      const subject = `$JS.API.CONSUMER.CREATE.${CALLS_STREAM}.mine.calls.${SHOP}.>`;
      return (await nats.request(subject, JSON.stringify(body))).json<{ error?: { description: string } }>();
    };
    const answer = await create(`calls.${BANK}.>`, { name: 'mine' });
    expect(answer.error?.description).toContain('did not match filtered subject');
    const deliver = { name: 'mine', deliver_subject: endCallSubject('dialer-1') };
    expect((await create(`calls.${SHOP}.>`, deliver)).error).toBeUndefined();
    await commands.waitFor('a command that the subscriber had sent', () => true);
    await Promise.all([service.close(), nats.close()]);
  } finally {
    await inner.close();
    await own.remove();
  }
});

interface Heard {
  subject: string;
  data: CallEvent;
}

async function login(user: string, password: string): Promise<NatsConnection> {
  const nats = await server.connect(user, password);
  connections.push(nats);
  return nats;
}

async function listen(user: string, password: string, subject: string): Promise<Log<Heard>> {
  const nats = await login(user, password);
  const heard = new Log<Heard>();
  nats.subscribe(subject, {
    callback: (error, message) => {
      if (!error && !message.subject.startsWith('$JS')) {
        heard.add({ subject: message.subject, data: message.json() });
      }
    },
  });
  await nats.flush();
  return heard;
}

/** How many events of an account our stream holds. */
async function lastOf(accountSid: string): Promise<number> {
  const nats = await login('trunkline', 'own');
  const info = await (await nats.jetstreamManager()).streams.info(CALLS_STREAM, {
    subjects_filter: `calls.${accountSid}.>`,
  });
  return Object.values(info.state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

function openedCall(accountSid: string): CallEvent {
  return openCall(queuedCall({ accountSid, sid: mintSid('CA') }), SOURCE);
}

function fence(owner: string) {
  return { owner, kind: 'dialer', claimId: mintSid('CA'), at: new Date().toISOString() } as const;
}
