import { eventName } from '@trunkline/contracts';
import { expect, test } from 'vitest';
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
  withdrawals.add(record);
  ports.bus.state = 'up';
  expect(await withdrawals.stop(5000)).toBe(true);
  expect(ports.bus.claims.get(record.call.sid)).toMatchObject({ kind: 'api', owner: 'api-test' });
  expect(
    ports.outboxed.map((event) => [eventName(event), event.sequence, event.data.statusCallback]),
  ).toEqual([['canceled', 2, null]]);
});

test('a call that a dialer took first is left to it', async () => {
  const ports = createTestPorts();
  const withdrawals = new Withdrawals(ports);
  const record = testRecord();
  ports.bus.claims.set(record.call.sid, { owner: 'dialer-1', kind: 'dialer', claimId: 'x', at: '' });
  withdrawals.add(record);
  expect(await withdrawals.stop(5000)).toBe(true);
  expect(ports.outboxed).toEqual([]);
});

test('stopping gives up in time, and says that something is left', async () => {
  const ports = createTestPorts();
  ports.bus.state = 'away';
  const withdrawals = new Withdrawals(ports);
  withdrawals.add(testRecord());
  expect(await withdrawals.stop(10)).toBe(false);
  expect(withdrawals.size()).toBe(1);
});

test('no more are kept than there is room for', () => {
  const ports = createTestPorts();
  ports.bus.state = 'away';
  const withdrawals = new Withdrawals(ports, 1);
  withdrawals.add(testRecord());
  withdrawals.add(testRecord());
  expect(withdrawals.size()).toBe(1);
});
