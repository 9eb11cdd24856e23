import { BusRefusedError, BusUnavailableError } from '@trunkline/bus';
import { eventName } from '@trunkline/contracts';
import { beforeEach, expect, test } from 'vitest';
import { createTestPorts, NOW, type TestPorts } from '../testing/test-ports.js';
import { createCall } from './create-call.js';

const ACCOUNT_SID = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01';
const form = () => new URLSearchParams({ From: 'alice', To: '+15551230001', Url: 'http://h/', Timeout: '9' });

let ports: TestPorts;
beforeEach(() => {
  ports = createTestPorts();
});

test('an accepted call is published as queued, then put into the queue, with the same content', async () => {
  const call = await createCall(ports, ACCOUNT_SID, form());
  expect(call).toMatchObject({
    accountSid: ACCOUNT_SID,
    status: 'queued',
    from: 'alice',
    to: '+15551230001',
    dateCreated: NOW.toISOString(),
    instructions: { ringTimeoutSeconds: 9 },
  });
  const [event] = ports.bus.published;
  expect(event && [eventName(event), event.sequence, event.source]).toEqual(['queued', 1, ports.source]);
  expect(event?.data).toEqual(call);
  expect(ports.jobs.jobs.get(call.sid)).toEqual({ call, sequence: 1 });
});

test('a wrong parameter enqueues nothing', async () => {
  await expect(createCall(ports, ACCOUNT_SID, new URLSearchParams('From=1'))).rejects.toThrow(
    'To is required',
  );
  expect([ports.bus.published, ports.jobs.jobs.size]).toEqual([[], 0]);
});

test('while the bus is away nothing is enqueued, and there is nothing to take back', async () => {
  ports.bus.state = 'away';
  await expect(createCall(ports, ACCOUNT_SID, form())).rejects.toMatchObject({ status: 503 });
  expect([ports.jobs.jobs.size, ports.withdrawn]).toEqual([0, []]);
});

test('a call whose acknowledgement did not come is refused and taken back: it may have arrived', async () => {
  ports.bus.state = 'silent';
  await expect(createCall(ports, ACCOUNT_SID, form())).rejects.toMatchObject({ status: 503 });
  expect(ports.jobs.jobs.size).toBe(0);
  expect(ports.withdrawn).toMatchObject([{ call: { to: '+15551230001' }, sequence: 1 }]);
});

test('a call that the stream refused cannot have arrived, and is refused for good', async () => {
  const refusal = new BusRefusedError('maximum message size exceeded');
  ports.bus.publish = async () => {
    throw refusal;
  };
  await expect(createCall(ports, ACCOUNT_SID, form())).rejects.toBe(refusal);
  ports.bus.publish = async () => {
    throw new BusUnavailableError('resource limits exceeded for account');
  };
  await expect(createCall(ports, ACCOUNT_SID, form())).rejects.toMatchObject({ status: 503 });
  expect([ports.jobs.jobs.size, ports.withdrawn]).toEqual([0, []]);
});

test('while the queue is away calls are accepted: the reconciler adds the job', async () => {
  ports.jobs.isAway = true;
  const call = await createCall(ports, ACCOUNT_SID, form());
  expect(ports.bus.published.map((event) => event.subject)).toEqual([call.sid]);
});
