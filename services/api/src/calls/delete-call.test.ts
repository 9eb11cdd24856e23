import { eventName } from '@trunkline/contracts';
import { beforeEach, expect, test } from 'vitest';
import { testRecord } from '../testing/test-call.js';
import { createTestPorts, NOW, type TestPorts } from '../testing/test-ports.js';
import { deleteCall } from './delete-call.js';
import { getCall } from './get-call.js';

const queued = testRecord({ metadata: { order: '17' } });
const { sid, accountSid } = queued.call;
const ended = { call: { ...queued.call, status: 'completed' as const }, sequence: 5 };

let ports: TestPorts;
beforeEach(() => {
  ports = createTestPorts();
});
const remove = () => deleteCall(ports, accountSid, sid);

test('the record of a call that is over is deleted, and is not found any more', async () => {
  ports.history.add(ended);
  await remove();
  const [event] = ports.bus.published;
  expect(event && [eventName(event), event.sequence, event.data.dateDeleted]).toEqual([
    'deleted',
    6,
    NOW.toISOString(),
  ]);
  expect(event?.data).toMatchObject({ to: '', from: '', metadata: {}, status: 'completed' });
  await expect(getCall(ports, accountSid, sid)).rejects.toMatchObject({ status: 404 });
  await expect(remove()).rejects.toMatchObject({ status: 404 });
});

test('what history knows to be deleted is not found', async () => {
  ports.history.add({ call: { ...ended.call, dateDeleted: NOW.toISOString() }, sequence: 6 });
  await expect(remove()).rejects.toMatchObject({ status: 404 });
});

test.each(['queued', 'ringing', 'in-progress'] as const)(
  'a call that is %s is not deleted',
  async (status) => {
    ports.history.add({ call: { ...queued.call, status }, sequence: 2 });
    const refusal = await remove().catch((error) => error);
    expect([refusal.status, refusal.code(), refusal.message]).toEqual([
      409,
      20009,
      `The call is ${status}: only the record of a call that is over can be deleted`,
    ]);
    expect(ports.bus.published).toEqual([]);
  },
);

test('a call of another account is not found', async () => {
  ports.history.add(ended);
  await expect(deleteCall(ports, 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9fff', sid)).rejects.toMatchObject({
    status: 404,
  });
});

test('while the bus is away nothing is deleted', async () => {
  ports.history.add(ended);
  ports.bus.state = 'away';
  await expect(remove()).rejects.toMatchObject({ status: 503 });
  expect(await getCall(ports, accountSid, sid)).toEqual(ended);
});

test('its job goes too, which the queue may keep for long; a queue that is away keeps nobody from deleting', async () => {
  ports.history.add(ended);
  await ports.jobs.add(queued);
  await remove();
  expect(await ports.jobs.peek(sid)).toBeNull();
  const other = testRecord({ status: 'completed' });
  ports.history.add(other);
  ports.jobs.isAway = true;
  await deleteCall(ports, other.call.accountSid, other.call.sid);
  expect(ports.bus.published).toHaveLength(2);
});
