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

test('a ringing call is canceled: the phone stops ringing', async () => {
  const call = await cluster.api.createCall({ From: '1', To: '+15550003', Url: url });
  await cluster.events.of(call.sid, 'ringing');
  expect((await cluster.api.endCall(call.sid, 'canceled')).status).toBe(200);
  const { data } = await cluster.events.endOf(call.sid);
  expect(data).toMatchObject({
    status: 'canceled',
    endReason: 'cancel-requested',
    hangupSide: 'local',
    durationSeconds: 0,
  });
});

test('an answered call cannot be canceled, but it can be completed', async () => {
  const call = await cluster.api.createCall({ From: '1', To: '+15550007', Url: url });
  await cluster.events.of(call.sid, 'in-progress');
  expect((await cluster.api.endCall(call.sid, 'canceled')).status).toBe(409);
  expect((await cluster.api.endCall(call.sid, 'completed')).status).toBe(200);
  const { data } = await cluster.events.endOf(call.sid);
  expect(data).toMatchObject({ status: 'completed', endReason: 'end-requested', hangupSide: 'local' });
});

test('a finished call is gone: 410 with a message', async () => {
  const call = await cluster.api.createCall({ From: '1', To: '+15550002', Url: url });
  await cluster.events.of(call.sid, 'busy');
  await recorded(cluster, call.sid, 'busy');
  const response = await cluster.api.endCall(call.sid, 'completed');
  expect(response.status).toBe(410);
  expect(String(((await response.json()) as Record<string, unknown>).message)).toMatch(/busy|ended|finished/);
});

test('a call that no dialer has taken yet is canceled by its fence, and never rings', async () => {
  await cluster.service('dialer-0').kill('SIGKILL');
  const call = await cluster.api.createCall({ From: '1', To: '+15558880001', Url: url });
  const response = await cluster.api.endCall(call.sid, 'canceled');
  expect(response.status).toBe(200);
  expect((await response.json()) as unknown).toMatchObject({
    status: 'canceled',
    end_reason: 'cancel-requested',
  });
  await cluster.service('dialer-0').start();
  const next = await cluster.api.createCall({ From: '1', To: '+15558890002', Url: url });
  await cluster.events.of(next.sid, 'busy');
  expect(cluster.events.namesOf(call.sid)).toEqual(['queued', 'canceled']);
  expect((await cluster.numbers()).byNumber['+15558880001']).toBeUndefined();
});

test('an unknown Sid is 404', async () => {
  expect((await cluster.api.endCall('CA0193f2a0b1c27d3e8f4a5b6c7d8e9f01', 'completed')).status).toBe(404);
});
