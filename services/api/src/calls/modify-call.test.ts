import { BusUnavailableError } from '@trunkline/bus';
import { eventName, type Fence } from '@trunkline/contracts';
import { beforeEach, expect, test } from 'vitest';
import { readParameters } from '../parameters/read-parameters.js';
import { testRecord } from '../testing/test-call.js';
import { createTestPorts, type TestPorts } from '../testing/test-ports.js';
import { modifyCall, modifyParameters } from './modify-call.js';

const queued = testRecord({
  statusCallback: { url: 'http://h/', method: 'POST', events: ['completed'], dueCount: 0 },
});
const { sid, accountSid } = queued.call;
const ringing = { call: { ...queued.call, status: 'ringing' as const }, sequence: 3 };
const answered = { call: { ...queued.call, status: 'in-progress' as const }, sequence: 4 };

let ports: TestPorts;
beforeEach(() => {
  ports = createTestPorts();
});

const modify = async (form: string) => {
  const { Status: status } = readParameters(modifyParameters, new URLSearchParams(form)).values;
  return modifyCall(ports, { accountSid, callSid: sid, status });
};

function claimedBy(kind: Fence['kind'], owner = 'other'): void {
  ports.bus.claims.set(sid, { owner, kind, claimId: 'x', at: '2026-11-24T10:00:00.000Z' });
}

test.each(['canceled', 'completed', 'Canceled'])(
  'Status=%s cancels a queued call by its fence',
  async (status) => {
    ports.history.add(queued);
    ports.jobs.jobs.set(sid, queued);
    const call = await modify(`Status=${status}`);
    expect(call).toMatchObject({
      status: 'canceled',
      endReason: 'cancel-requested',
      hangupSide: 'local',
      durationSeconds: 0,
      price: '0.00',
      priceUnit: 'USD',
      statusCallback: { dueCount: 1 },
    });
    expect(ports.bus.published.map((event) => [eventName(event), event.sequence])).toEqual([['canceled', 2]]);
    expect(ports.bus.claims.get(sid)).toMatchObject({ owner: 'api-test', kind: 'api' });
    expect(ports.jobs.jobs.size).toBe(0);
  },
);

test('a call canceled a moment ago is gone, though history does not know', async () => {
  ports.history.add(queued);
  await modify('Status=canceled');
  await expect(modify('Status=canceled')).rejects.toMatchObject({
    status: 410,
    message: 'The call has ended already: it is canceled',
  });
  expect(ports.bus.published.length).toBe(1);
});

test('a finished call is gone, whatever is asked', async () => {
  ports.history.add({ call: { ...queued.call, status: 'no-answer' }, sequence: 4 });
  await expect(modify('Status=completed')).rejects.toMatchObject({ status: 410 });
});

test('a call that a dialer holds is ended by that dialer', async () => {
  ports.history.add(queued);
  claimedBy('dialer', 'dialer-1');
  const asked: unknown[] = [];
  ports.bus.dialers.set('dialer-1', (command) => {
    asked.push(command);
    return { result: 'ending', call: ringing.call };
  });
  expect(await modify('Status=completed')).toEqual(ringing.call);
  expect(asked).toEqual([{ callSid: sid, status: 'completed' }]);
  expect(ports.bus.published).toEqual([]);
});

test('an answered call is not canceled', async () => {
  ports.history.add(answered);
  claimedBy('dialer', 'dialer-1');
  ports.bus.dialers.set('dialer-1', () => ({ result: 'in-progress', call: answered.call }));
  await expect(modify('Status=canceled')).rejects.toMatchObject({ status: 409 });
});

test('a call that its dialer does not hold any more has ended: as history says, or is about to say', async () => {
  ports.history.add(ringing);
  claimedBy('dialer', 'dialer-1');
  ports.bus.dialers.set('dialer-1', () => ({ result: 'not-live' }));
  await expect(modify('Status=completed')).rejects.toMatchObject({ status: 503 });
  ports.bus.dialers.set('dialer-1', () => {
    ports.history.add({ call: { ...queued.call, status: 'busy' }, sequence: 4 });
    return { result: 'not-live' };
  });
  await expect(modify('Status=completed')).rejects.toMatchObject({ status: 410 });
});

test('a call whose dialer is gone is about to be taken over', async () => {
  ports.history.add(ringing);
  claimedBy('dialer', 'dialer-1');
  const refusal = await modify('Status=completed').catch((error) => error);
  expect([refusal.status, refusal.headers()]).toEqual([503, { 'Retry-After': '10' }]);
});

test('a cancellation that another api decided and could not tell is told', async () => {
  ports.history.add(queued);
  claimedBy('api', 'api-that-died');
  expect((await modify('Status=canceled')).status).toBe('canceled');
  expect(ports.bus.published.map((event) => event.id)).toEqual([`${sid}:2`]);
});

test('a cancellation whose claim got no answer is not forgotten: its fence may hold the call', async () => {
  ports.history.add(queued);
  ports.bus.fences.claim = async () => {
    throw new BusUnavailableError('no answer', { outcomeUnknown: true });
  };
  await expect(modify('Status=canceled')).rejects.toMatchObject({ status: 503 });
  expect(ports.unfinished).toMatchObject([[queued, { owner: 'api-test', kind: 'api' }]]);
});

test('a claim that surely did not arrive is the client’s to repeat', async () => {
  ports.history.add(queued);
  ports.bus.fences.claim = async () => {
    throw new BusUnavailableError('not connected');
  };
  await expect(modify('Status=canceled')).rejects.toBeInstanceOf(BusUnavailableError);
  expect(ports.unfinished).toEqual([]);
});

test('a call that has outlived its fence is ended by the dialer that holds it', async () => {
  ports.history.add(answered);
  ports.bus.live.set(`dialer-1.${sid}`, { owner: 'dialer-2', record: answered, dialog: null });
  ports.bus.dialers.set('dialer-2', () => ({ result: 'ending', call: answered.call }));
  expect(await modify('Status=completed')).toEqual(answered.call);
});

test('a decided end that cannot be published now is published later', async () => {
  ports.history.add(queued);
  ports.bus.publish = async () => {
    throw new Error('no answer');
  };
  await expect(modify('Status=canceled')).rejects.toMatchObject({ status: 503 });
  expect(ports.outboxed.map((event) => event.id)).toEqual([`${sid}:2`]);
});

test.each([
  ['', 'Status is required'],
  ['Url=http://h/', 'Url is not possible: this release can only end a call, with Status'],
  ['Status=completed&Url=http://h/&Method=GET', 'Url is not possible'],
  ['Status=completed&Twiml=%3CResponse%3E%0A%3C/Response%3E', 'Twiml is not possible'],
  ['Status=completed&StatusCallback=http://h/', 'StatusCallback is not possible'],
  ['TimeLimit=10', 'TimeLimit is not possible'],
  ['Mute=true', 'Mute is not possible'],
  ['Status=busy', 'Status must be canceled or completed'],
  ['Status=canceled&Status=completed', 'Status is given more than once'],
  ['status=canceled', 'status is not known: names are case-sensitive, write Status'],
])('%j is refused', async (form, message) => {
  ports.history.add(queued);
  await expect(modify(form)).rejects.toThrow(message);
  expect(ports.bus.published).toEqual([]);
});

test('what cannot be changed has the code of a wrong parameter, and is not in the way when it is empty', async () => {
  ports.history.add(queued);
  const refusal = await modify('Url=http://h/&Status=canceled').catch((error) => error);
  expect([refusal.status, refusal.code()]).toEqual([400, 20001]);
  expect(await modify('Url=&TimeLimit=&Status=canceled')).toMatchObject({ status: 'canceled' });
});

test('a call that nobody knows is not found', async () => {
  await expect(modify('Status=completed')).rejects.toMatchObject({ status: 404 });
});
