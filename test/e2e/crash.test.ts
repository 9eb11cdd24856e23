import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, recorded, requireEnv, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';

let cluster: Cluster;
let customer: Customer;
let url: string;

beforeAll(async () => {
  const recorder = { RECONCILE_INTERVAL: '1', RECONCILE_AFTER: '2' };
  [cluster, customer] = await Promise.all([
    startCluster({ dialers: 2, env: { recorder } }),
    Customer.start(),
  ]);
  url = customer.serve('/wait', '<Response><Pause length="120"/></Response>');
});

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

test('when a dialer dies, another hangs up for it and says why; nobody is rung twice', async () => {
  const calls = await Promise.all(
    Array.from({ length: 6 }, (_, n) => cluster.api.createCall({ From: '1', To: `+1666${n}0007`, Url: url })),
  );
  const answered = await Promise.all(calls.map((call) => cluster.events.of(call.sid, 'in-progress')));
  const victims = answered.filter((event) => event.source.includes('dialer-0'));
  expect(victims.length).toBeGreaterThan(0);
  await cluster.service('dialer-0').kill('SIGKILL');
  const ends = await Promise.all(victims.map((event) => cluster.events.endOf(event.subject, 40_000)));
  expect(ends.map((event) => [event.data.status, event.data.endReason])).toEqual(
    victims.map(() => ['failed', 'dialer-lost']),
  );
  const simulator = cluster.service('simulator');
  for (const { data } of ends) {
    await simulator.log.waitFor(
      `a BYE for ${data.to}`,
      (entry) => entry.number === data.to && entry.end === 'bye-remote',
    );
  }
  const { byNumber } = await cluster.numbers();
  expect(calls.map((call) => byNumber[String(call.to)])).toEqual(calls.map(() => ({ invites: 1, calls: 1 })));
  await cluster.service('dialer-0').start();
}, 90_000);

test('a wiped queue loses no call and rings nobody twice', async () => {
  await Promise.all(['dialer-0', 'dialer-1'].map((label) => cluster.service(label).kill('SIGTERM')));
  const calls = await Promise.all(
    Array.from({ length: 5 }, (_, n) => cluster.api.createCall({ From: '1', To: `+1777${n}0002`, Url: url })),
  );
  await wipeQueue(cluster.namespace);
  await Promise.all(['dialer-0', 'dialer-1'].map((label) => cluster.service(label).start()));
  const ends = await Promise.all(calls.map((call) => cluster.events.endOf(call.sid, 40_000)));
  expect(ends.map((event) => event.data.status)).toEqual(calls.map(() => 'busy'));
  const { byNumber } = await cluster.numbers();
  expect(calls.map((call) => byNumber[String(call.to)])).toEqual(calls.map(() => ({ invites: 1, calls: 1 })));
}, 90_000);

test('what happened while the recorder was away is in the record when it is back', async () => {
  await cluster.service('recorder').kill('SIGKILL');
  const call = await cluster.api.createCall({ From: '1', To: '+18880002', Url: url });
  await cluster.events.of(call.sid, 'busy');
  await cluster.service('recorder').start();
  expect(await recorded(cluster, call.sid, 'busy')).toMatchObject({ sip_code: 486 });
});

async function wipeQueue(namespace: string): Promise<void> {
  const redis = new Redis(requireEnv('TEST_REDIS_URL'));
  try {
    const keys = await redis.keys(`*${namespace}*`);
    expect(keys.length).toBeGreaterThan(0);
    await redis.del(keys);
  } finally {
    redis.disconnect();
  }
}
