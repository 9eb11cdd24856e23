import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, recorded, startCluster } from '../support/cluster.js';
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

const FROM_SECOND = { sip_code: 200, failure: null };

/** Places a call and expects it to be answered over the second trunk, once; and that its record tells of both. */
async function callThroughSecond(
  to: string,
  failed: { sip_code: number | null; failure: string },
): Promise<Record<string, unknown>> {
  const url = customer.serve('/bye', '<Response><Hangup/></Response>');
  const { sid } = await cluster.api.createCall({ From: '1', To: to, Url: url });
  expect((await cluster.events.endOf(sid, 30_000)).data).toMatchObject({
    status: 'completed',
    endReason: 'script-ended',
    sipCode: 200,
  });
  expect(cluster.events.namesOf(sid)).toEqual(['queued', 'initiated', 'in-progress', 'completed']);
  expect((await cluster.numbers()).byNumber[to]).toEqual({ invites: 1, calls: 1 });
  expect(await recorded(cluster, sid, 'completed')).toMatchObject({
    attempts: [{ trunk: firstTrunk, ...failed }, FROM_SECOND],
    sip_code: 200,
    ring_duration: null,
    price: '0.00',
    quality: null,
  });
  return cluster
    .service('dialer-0')
    .log.waitFor(`${firstTrunk} failed`, (line) => line.callSid === sid && line.trunk === firstTrunk);
}

test('a trunk that answers 503 hands the call to the next', async () => {
  const failed = { sip_code: 503, failure: 'trunk-failed' };
  expect(await callThroughSecond('+15556660007', failed)).toMatchObject({
    reason: 'trunk-failed',
    sipCode: 503,
  });
  await first.received.waitFor('an ACK for the 503', (start) => start.startsWith('ACK '));
});

test('a trunk that says nothing hands the call to the next when patience is over', async () => {
  first.isSilent = true;
  const failed = { sip_code: null, failure: 'trunk-failed' };
  expect(await callThroughSecond('+15556670007', failed)).toMatchObject({
    reason: 'trunk-failed',
    sipCode: null,
  });
});

test('a trunk that is not there hands the call to the next, and the log says why', async () => {
  await first.stop();
  const line = await callThroughSecond('+15556680007', { sip_code: null, failure: 'unreachable' });
  expect(line).toMatchObject({ reason: 'unreachable', sipCode: null });
  expect(JSON.stringify(line.err)).toContain('ECONNREFUSED');
  expect(await cluster.service('dialer-0').metrics()).toMatch(
    new RegExp(`trunk_legs_total\\{trunk="${firstTrunk}",outcome="unreachable".*\\} 1`),
  );
});
