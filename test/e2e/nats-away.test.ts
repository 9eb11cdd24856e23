import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, recorded, requireEnv, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';
import { eventually } from '../support/deadline.js';
import { TcpGate } from '../support/tcp-gate.js';

let cluster: Cluster;
let customer: Customer;
let gate: TcpGate;

beforeAll(async () => {
  const nats = new URL(requireEnv('TEST_NATS_URL'));
  gate = await TcpGate.start(nats.hostname, Number(nats.port || 4222));
  nats.hostname = '127.0.0.1';
  nats.port = String(gate.port);
  [cluster, customer] = await Promise.all([startCluster({ natsUrl: nats.href }), Customer.start()]);
});

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
  await gate?.stop();
});

test('while NATS is away live calls go on to their end, and their events follow in order', async () => {
  const markup = customer.serve('/next', '<Response><Pause length="1"/></Response>');
  const url = customer.serve(
    '/first',
    `<Response><Pause length="2"/><Redirect>${markup}</Redirect></Response>`,
  );
  const call = await cluster.api.createCall({ From: '1', To: '+15553330007', Url: url });
  await cluster.events.of(call.sid, 'in-progress');
  await whenAllIsAcknowledged();
  gate.shut();

  await cluster
    .service('simulator')
    .log.waitFor('a BYE', (line) => line.number === '+15553330007' && line.end === 'bye-remote');
  const overAt = Date.now();
  expect(customer.sentTo('/next')).toHaveLength(1);
  expect(cluster.events.namesOf(call.sid)).toEqual(['queued', 'initiated', 'in-progress']);
  await expect(cluster.api.createCall({ From: '1', To: '+15553340002', Url: url })).rejects.toThrow('503');

  gate.open();
  const { data } = await cluster.events.endOf(call.sid, 30_000);
  expect(data).toMatchObject({ status: 'completed', endReason: 'script-ended', hangupSide: 'local' });
  expect(Date.parse(String(data.endTime))).toBeLessThanOrEqual(overAt);
  expect(cluster.events.namesOf(call.sid)).toEqual(['queued', 'initiated', 'in-progress', 'completed']);
  await recorded(cluster, call.sid, 'completed');
  expect((await cluster.numbers()).byNumber).toMatchObject({ '+15553330007': { invites: 1, calls: 1 } });

  await Promise.all(['api', 'dialer-0'].map((label) => cluster.service(label).whenReady()));
  const next = await cluster.api.createCall({ From: '1', To: '+15553350002', Url: url });
  await cluster.events.of(next.sid, 'busy');
}, 90_000);

/** An event whose acknowledgement is cut off is sent again, and a plain subscriber, unlike the stream, sees it twice. */
async function whenAllIsAcknowledged(): Promise<void> {
  await eventually(5_000, 'no event waits in the dialer', async () =>
    /^trunkline_outbox_events\S* 0$/m.test(await cluster.service('dialer-0').metrics()) ? true : null,
  );
}
