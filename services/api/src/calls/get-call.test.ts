import { BusUnavailableError } from '@trunkline/bus';
import type { Fence } from '@trunkline/contracts';
import { StoreUnavailableError } from '@trunkline/store';
import { beforeEach, expect, test } from 'vitest';
import { testRecord } from '../testing/test-call.js';
import { createTestPorts, type TestPorts } from '../testing/test-ports.js';
import { getCall } from './get-call.js';

const queued = testRecord();
const { sid, accountSid } = queued.call;
const ringing = { call: { ...queued.call, status: 'ringing' as const }, sequence: 3 };
const ended = { call: { ...queued.call, status: 'busy' as const }, sequence: 4 };
const held: Fence = { owner: 'dialer-1', kind: 'dialer', claimId: 'x', at: '2026-11-24T10:00:00.000Z' };

let ports: TestPorts;
beforeEach(() => {
  ports = createTestPorts();
});
const read = (callSid = sid) => getCall(ports, accountSid, callSid);

function hold(record = ringing): void {
  ports.bus.claims.set(sid, held);
  ports.bus.live.set(`dialer-1.${sid}`, { owner: 'dialer-1', record, dialog: null });
}

test('history answers, also for a Sid in capitals', async () => {
  ports.history.add(ended);
  expect(await read()).toEqual(ended);
  expect(await read(`CA${sid.slice(2).toUpperCase()}`)).toEqual(ended);
});

test('what this process knows and history does not yet is newer', async () => {
  ports.history.add(queued);
  ports.recent.remember({ call: { ...queued.call, status: 'canceled' }, sequence: 2 });
  expect((await read()).call.status).toBe('canceled');
});

test('a call that history does not have yet is found in this process', async () => {
  ports.recent.remember(queued);
  expect(await read()).toEqual(queued);
});

test('a call that another process accepted is found in the queue', async () => {
  ports.jobs.jobs.set(sid, queued);
  expect(await read()).toEqual(queued);
});

test('the dialer that holds the call knows better than the queue', async () => {
  ports.jobs.jobs.set(sid, queued);
  hold();
  expect(await read()).toEqual(ringing);
});

test('a call of another account is not found, wherever it is', async () => {
  ports.history.add(ended);
  ports.recent.remember(queued);
  ports.jobs.jobs.set(sid, queued);
  hold();
  await expect(getCall(ports, 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9fff', sid)).rejects.toMatchObject({
    status: 404,
  });
});

test.each(['CA12', 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01', '', `${sid}0`])(
  '%j is no Sid of a call',
  async (wrong) => {
    await expect(read(wrong)).rejects.toMatchObject({ status: 404 });
  },
);

test('a call that nobody knows is not found; while somebody could not be asked, that is not certain', async () => {
  await expect(read()).rejects.toMatchObject({ status: 404 });
  ports.bus.state = 'away';
  await expect(read()).rejects.toBeInstanceOf(BusUnavailableError);
});

test('while history is away a live call is read all the same', async () => {
  ports.history.isAway = true;
  hold();
  expect(await read()).toEqual(ringing);
  ports.bus.claims.clear();
  ports.bus.live.clear();
  ports.jobs.jobs.set(sid, queued);
  expect(await read()).toEqual(queued);
});

test('while history is away a call that has outlived its fence is read all the same', async () => {
  ports.history.isAway = true;
  hold();
  ports.bus.claims.clear();
  expect(await read()).toEqual(ringing);
});

test('while history is away a call that is over is not shown as it was before', async () => {
  ports.history.isAway = true;
  ports.bus.claims.set(sid, held);
  ports.jobs.jobs.set(sid, queued);
  await expect(read()).rejects.toBeInstanceOf(StoreUnavailableError);
});
