import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';
import { FailingTrunk } from '../support/failing-trunk.js';

let cluster: Cluster;
let customer: Customer;
let first: FailingTrunk;
let firstTrunk: string;

beforeAll(async () => {
  first = await FailingTrunk.start();
  firstTrunk = `127.0.0.1:${first.port}`;
  const dialer = { TRUNK_PATIENCE: '3' };
  [cluster, customer] = await Promise.all([
    startCluster({ trunksBefore: `sip:${firstTrunk}`, env: { dialer } }),
    Customer.start(),
  ]);
});

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

/** Places a call and expects it to be answered over the second trunk, once. */
async function callThroughSecond(to: string): Promise<Record<string, unknown>> {
  const url = customer.serve('/bye', '<Response><Hangup/></Response>');
  const { sid } = await cluster.api.createCall({ From: '1', To: to, Url: url });
  expect((await cluster.events.endOf(sid, 30_000)).data).toMatchObject({
    status: 'completed',
    endReason: 'script-ended',
    sipCode: 200,
  });
  expect(cluster.events.namesOf(sid)).toEqual(['queued', 'initiated', 'in-progress', 'completed']);
  expect((await cluster.numbers()).byNumber[to]).toEqual({ invites: 1, calls: 1 });
  return cluster
    .service('dialer-0')
    .log.waitFor(`${firstTrunk} failed`, (line) => line.callSid === sid && line.trunk === firstTrunk);
}

test('a trunk that answers 503 hands the call to the next', async () => {
  expect(await callThroughSecond('+15556660007')).toMatchObject({ reason: 'trunk-failed', sipCode: 503 });
  await first.received.waitFor('an ACK for the 503', (start) => start.startsWith('ACK '));
});

test('a trunk that says nothing hands the call to the next when patience is over', async () => {
  first.isSilent = true;
  expect(await callThroughSecond('+15556670007')).toMatchObject({ reason: 'trunk-failed', sipCode: null });
});

test('a trunk that is not there hands the call to the next, and the log says why', async () => {
  await first.stop();
  const line = await callThroughSecond('+15556680007');
  expect(line).toMatchObject({ reason: 'unreachable', sipCode: null });
  expect(JSON.stringify(line.err)).toContain('ECONNREFUSED');
  expect(await cluster.service('dialer-0').metrics()).toMatch(
    new RegExp(`trunk_legs_total\\{trunk="${firstTrunk}",outcome="unreachable".*\\} 1`),
  );
});
