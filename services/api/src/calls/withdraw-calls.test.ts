import { BusRefusedError, BusUnavailableError } from '@trunkline/bus';
import { eventName } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import type { CallBus } from '../ports.js';
import { testRecord } from '../testing/test-call.js';
import { createTestPorts } from '../testing/test-ports.js';
import { Withdrawals } from './withdraw-calls.js';

const statusCallback = {
  url: 'http://h/',
  method: 'POST' as const,
  events: ['completed' as const],
  dueCount: 0,
};

test('a call is taken back by its fence, once the bus is back, and without a callback', async () => {
  const ports = createTestPorts();
  const withdrawals = new Withdrawals(ports);
  const record = testRecord({ statusCallback });
  ports.bus.state = 'silent';
  withdrawals.takeBack(record);
  ports.bus.state = 'up';
  expect(await withdrawals.stop(5000)).toBe(true);
  expect(ports.bus.claims.get(record.call.sid)).toMatchObject({ kind: 'api', owner: 'api-test' });
  expect(
    ports.outboxed.map(({ data, ...event }) => [
      eventName({ data, ...event }),
      data.statusCallback,
      data.price,
    ]),
  ).toEqual([['canceled', null, '0.00']]);
});

test('a call that a dialer took first is left to it', async () => {
  const ports = createTestPorts();
  const withdrawals = new Withdrawals(ports);
  const record = testRecord();
  ports.bus.claims.set(record.call.sid, { owner: 'dialer-1', kind: 'dialer', claimId: 'x', at: '' });
  withdrawals.takeBack(record);
  expect(await withdrawals.stop(5000)).toBe(true);
  expect(ports.outboxed).toEqual([]);
});

test('stopping gives up in time, and says that something is left', async () => {
  const ports = createTestPorts();
  ports.bus.state = 'away';
  const withdrawals = new Withdrawals(ports);
  withdrawals.takeBack(testRecord());
  expect(await withdrawals.stop(10)).toBe(false);
  expect(withdrawals.size()).toBe(1);
});

test('no more are kept than there is room for', () => {
  const ports = createTestPorts();
  ports.bus.state = 'away';
  const withdrawals = new Withdrawals(ports, 1);
  withdrawals.takeBack(testRecord());
  withdrawals.takeBack(testRecord());
  expect(withdrawals.size()).toBe(1);
});

test('a claim whose answer was lost is known again by its own id', async () => {
  const ports = createTestPorts();
  const withdrawals = new Withdrawals(ports);
  const record = testRecord();
  ports.bus.state = 'arriving';
  withdrawals.takeBack(record);
  ports.bus.state = 'up';
  expect(await withdrawals.stop(5000)).toBe(true);
  expect(ports.outboxed.map((event) => event.subject)).toEqual([record.call.sid]);
});

test('a cancellation is gone on with under the fence that may have been taken, and is told to the client', async () => {
  const ports = createTestPorts();
  const withdrawals = new Withdrawals(ports);
  const record = testRecord({ statusCallback });
  const { sid } = record.call;
  const fence = { owner: 'api-test', kind: 'api' as const, claimId: 'mine', at: '2026-11-24T10:00:00.000Z' };
  ports.bus.claims.set(sid, fence);
  ports.jobs.jobs.set(sid, record);
  withdrawals.finishCancel(record, fence);
  expect(await withdrawals.stop(5000)).toBe(true);
  expect(ports.outboxed).toMatchObject([{ id: `${sid}:2`, data: { statusCallback: { dueCount: 1 } } }]);
  expect(ports.recent.find(sid)?.call.status).toBe('canceled');
  expect(ports.jobs.jobs.size).toBe(0);
});

/** Claims of one call fail. */
function failFor(fences: CallBus['fences'], callSid: string, error: Error): void {
  const { claim } = fences;
  fences.claim = async (sid, fence) => {
    if (sid === callSid) throw error;
    return claim(sid, fence);
  };
}

test('a call that cannot be taken back holds up no other', async () => {
  const ports = createTestPorts();
  const withdrawals = new Withdrawals(ports);
  const [stuck, impossible, next] = [testRecord(), testRecord(), testRecord()];
  failFor(ports.bus.fences, stuck.call.sid, new BusUnavailableError('no answer', { outcomeUnknown: true }));
  failFor(ports.bus.fences, impossible.call.sid, new BusRefusedError('never'));
  for (const record of [stuck, impossible, next]) withdrawals.takeBack(record);
  await expect.poll(() => ports.outboxed.map((event) => event.subject)).toEqual([next.call.sid]);
  expect(withdrawals.size()).toBe(1);
  expect(await withdrawals.stop(10)).toBe(false);
});

test('the return of the bus is not waited for any longer than it takes', async () => {
  const ports = createTestPorts();
  const withdrawals = new Withdrawals(ports);
  ports.bus.state = 'away';
  withdrawals.takeBack(testRecord());
  await new Promise((resolve) => setImmediate(resolve));
  const startedMs = performance.now();
  ports.bus.reconnect();
  expect(await withdrawals.stop(5000)).toBe(true);
  // The first backoff is 200 ms and they grow.
  expect(performance.now() - startedMs).toBeLessThan(150);
  expect(ports.outboxed).toHaveLength(1);
});

test('a call that is added in whatever turn the last one was taken back is taken back too', async () => {
  for (let turns = 0; turns < 20; turns += 1) {
    const ports = createTestPorts();
    const withdrawals = new Withdrawals(ports);
    withdrawals.takeBack(testRecord());
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    withdrawals.takeBack(testRecord());
    await expect.poll(() => ports.outboxed.length, { interval: 1, message: `after ${turns} turns` }).toBe(2);
    expect(await withdrawals.stop(5000)).toBe(true);
  }
});
