import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, recorded, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';

let cluster: Cluster;
let customer: Customer;
let url: string;

beforeAll(async () => {
  [cluster, customer] = await Promise.all([startCluster(), Customer.start()]);
  url = customer.serve('/wait', '<Response><Pause length="60"/></Response>');
});

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

test.each([
  ['0002', 'busy', 486, 'busy', ['queued', 'initiated', 'busy']],
  ['0003', 'no-answer', 487, 'ring-timeout', ['queued', 'initiated', 'ringing', 'no-answer']],
  ['0004', 'busy', 603, 'declined', ['queued', 'initiated', 'busy']],
  ['0005', 'failed', 404, 'unknown-number', ['queued', 'initiated', 'failed']],
  ['0006', 'failed', 503, 'trunk-failed', ['queued', 'initiated', 'failed']],
  ['0009', 'completed', 200, 'hangup', ['queued', 'initiated', 'ringing', 'in-progress', 'completed']],
])('a call to …%s ends %s with SIP %i', async (number, status, sipCode, endReason, events) => {
  const call = await cluster.api.createCall({
    From: '+15559990000',
    To: `+1555777${number}`,
    Url: url,
    Timeout: '3',
  });
  const { data } = await cluster.events.endOf(call.sid, 20_000);
  expect(data).toMatchObject({
    status,
    sipCode,
    endReason,
    hangupSide: endReason === 'ring-timeout' ? 'local' : 'remote',
  });
  expect(data.endTime).not.toBeNull();
  expect(cluster.events.namesOf(call.sid)).toEqual(events);
  expect(await recorded(cluster, call.sid, status)).toMatchObject({
    sip_code: sipCode,
    end_reason: endReason,
  });
});

test('a callee that never replies is given up after the ring time', async () => {
  const call = await cluster.api.createCall({ From: '1', To: '+15557770010', Url: url, Timeout: '2' });
  const { data } = await cluster.events.endOf(call.sid);
  expect(data).toMatchObject({
    status: 'no-answer',
    sipCode: null,
    endReason: 'ring-timeout',
    startTime: null,
    durationSeconds: 0,
  });
});

test('early media counts as ringing', async () => {
  const call = await cluster.api.createCall({ From: '1', To: '+15557770008', Url: url });
  expect((await cluster.events.of(call.sid, 'ringing')).data.sipCode).toBe(183);
  await cluster.events.of(call.sid, 'in-progress');
  expect((await cluster.api.endCall(call.sid, 'completed')).status).toBe(200);
  await cluster.events.of(call.sid, 'completed');
});

test('a trunk that asks for credentials gets them, and the phone rings once', async () => {
  const call = await cluster.api.createCall({ From: '1', To: '+15557770011', Url: url });
  await cluster.events.of(call.sid, 'in-progress');
  await cluster.api.endCall(call.sid, 'completed');
  await cluster.events.of(call.sid, 'completed');
  expect((await cluster.numbers()).byNumber['+15557770011']).toEqual({ invites: 2, calls: 1 });
});
