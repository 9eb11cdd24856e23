import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';
import { Sipp } from '../support/sipp.js';
import { header, Wire } from '../support/wire.js';

let cluster: Cluster;
let customer: Customer;
let wire: Wire;
let callee: Sipp | undefined;

beforeAll(async () => {
  wire = await Wire.start();
  [cluster, customer] = await Promise.all([startCluster({ trunks: '' }), Customer.start()]);
  // It is not asked for signs of life: SIPp would take an OPTIONS for its call.
  const trunk = { Host: '127.0.0.1', Port: `${wire.port}`, OptionsInterval: '0' };
  const created = await cluster.api.request('POST', '/2012-04-24/Trunks.json', trunk);
  expect(created.status).toBe(201);
});

afterEach(() => callee?.stop());

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop(), wire?.stop()]);
});

async function callSipp(scenario: string, form: Record<string, string> = {}): Promise<string> {
  callee = await Sipp.start(scenario, { keys: { contact_port: `${wire.port}` } });
  wire.connect(callee.port);
  const url = customer.serve('/script', '<Response><Pause length="1"/></Response>');
  return (await cluster.api.createCall({ From: '+15559990000', To: '+15551112222', Url: url, ...form })).sid;
}

test('answered: INVITE, 180, 200, ACK, BYE, 200', async () => {
  const sid = await callSipp('answered');
  await cluster.events.of(sid, 'completed');
  await callee?.finished();
  expect(wire.messages.entries.map((message) => message.start.replace(/ sip:.*/, ''))).toEqual([
    'INVITE',
    'SIP/2.0 180 Ringing',
    'SIP/2.0 200 OK',
    'ACK',
    'BYE',
    'SIP/2.0 200 OK',
  ]);
  const invite = wire.seen('dialer', 'INVITE')[0];
  expect(invite?.start).toBe(`INVITE sip:+15551112222@127.0.0.1:${wire.port} SIP/2.0`);
  expect(header(invite, 'Content-Type')).toBe('application/sdp');
  expect(header(invite, 'From')).toContain('<sip:+15559990000@');
  expect(header(wire.seen('dialer', 'ACK')[0], 'Via')).not.toBe(header(invite, 'Via'));
});

test('busy: 486 is acknowledged within the transaction', async () => {
  const sid = await callSipp('busy');
  expect((await cluster.events.endOf(sid)).data).toMatchObject({
    status: 'busy',
    sipCode: 486,
    sipReason: 'Busy Here',
  });
  await callee?.finished();
  expect(header(wire.seen('dialer', 'ACK')[0], 'Via')).toBe(header(wire.seen('dialer', 'INVITE')[0], 'Via'));
});

test('no answer: CANCEL when the ring time is over', async () => {
  const sid = await callSipp('no-answer', { Timeout: '1' });
  expect((await cluster.events.endOf(sid)).data).toMatchObject({
    status: 'no-answer',
    sipCode: 487,
    endReason: 'ring-timeout',
  });
  await callee?.finished();
  const [invite, cancel] = [wire.seen('dialer', 'INVITE')[0], wire.seen('dialer', 'CANCEL')[0]];
  expect(header(cancel, 'Via')).toBe(header(invite, 'Via'));
  expect(header(cancel, 'CSeq')?.split(' ')[0]).toBe(header(invite, 'CSeq')?.split(' ')[0]);
});

test('CANCEL against a late 200: the answer is acknowledged and hung up on', async () => {
  const sid = await callSipp('late-answer');
  await cluster.events.of(sid, 'ringing');
  expect((await cluster.api.endCall(sid, 'canceled')).status).toBe(200);
  expect((await cluster.events.endOf(sid)).data).toMatchObject({ status: 'canceled', startTime: null });
  await callee?.finished();
  expect(wire.seen('dialer', 'ACK')).toHaveLength(1);
  expect(wire.seen('dialer', 'BYE')).toHaveLength(1);
  expect(customer.requests.entries.filter((request) => request.params.CallSid === sid)).toEqual([]);
});

test('lost packets: the first of every message is lost, and the call ends right all the same', async () => {
  callee = await Sipp.start('answered', { keys: { contact_port: `${wire.port}` } });
  wire.connect(callee.port);
  wire.loses = (message, nth) => nth === 1 && !message.start.startsWith('SIP/2.0 180');
  const url = customer.serve('/script', '<Response><Pause length="1"/></Response>');
  const call = await cluster.api.createCall({ From: '+15559990000', To: '+15551112222', Url: url });
  expect((await cluster.events.endOf(call.sid, 40_000)).data).toMatchObject({
    status: 'completed',
    endReason: 'script-ended',
  });
  await callee.finished();
  const lost = wire.messages.entries
    .filter((message) => message.lost)
    .map((message) => message.start.replace(/ sip:.*/, ''));
  expect(lost).toEqual(['INVITE', 'SIP/2.0 200 OK', 'ACK', 'BYE', 'SIP/2.0 200 OK']);
  const [first, second] = wire.seen('dialer', 'INVITE');
  expect(second?.text).toBe(first?.text);
}, 60_000);
