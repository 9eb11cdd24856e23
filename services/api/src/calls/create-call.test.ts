import { BusRefusedError, BusUnavailableError } from '@trunkline/bus';
import { eventName } from '@trunkline/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { knownAccount } from '../testing/known-account.js';
import { createTestPorts, NOW, TEST_COMPLAINT, type TestPorts } from '../testing/test-ports.js';
import { type CallOrder, createCall } from './create-call.js';
import type { CallRequest } from './create-parameters.js';

const ACCOUNT = knownAccount();
const REQUEST: CallRequest = {
  from: 'alice',
  to: '+15551230001',
  instructions: {
    url: 'http://h/',
    method: 'POST',
    fallbackUrl: null,
    fallbackMethod: 'POST',
    ringTimeoutSeconds: 9,
    markup: null,
    sendDigits: null,
    timeLimitSeconds: null,
    callerId: null,
    record: null,
    machineDetection: null,
    callee: 'any',
    sipHeaders: {},
  },
  statusCallback: null,
  metadata: { order: '17' },
  sipAuth: null,
};

let ports: TestPorts;
beforeEach(() => {
  ports = createTestPorts();
});

function order(changes: Partial<CallRequest> = {}, key: string | null = null): CallOrder {
  return {
    account: ACCOUNT,
    caller: ACCOUNT,
    request: { ...REQUEST, ...changes },
    apiVersion: '2012-04-24',
    key,
  };
}
const create = (changes: Partial<CallRequest> = {}) => createCall(ports, order(changes));

test('an accepted call is published as queued, then put into the queue, with the same content', async () => {
  const { call, isReplay } = await create();
  expect(call).toMatchObject({
    accountSid: ACCOUNT.sid,
    status: 'queued',
    from: 'alice',
    to: '+15551230001',
    apiVersion: '2012-04-24',
    dateCreated: NOW.toISOString(),
    instructions: { ringTimeoutSeconds: 9, sipAuth: null },
    metadata: { order: '17' },
  });
  const [event] = ports.bus.published;
  expect(event && [eventName(event), event.sequence, event.source]).toEqual(['queued', 1, ports.source]);
  expect(event?.data).toEqual(call);
  expect(ports.jobs.jobs.get(call.sid)).toEqual({ call, sequence: 1 });
  expect([isReplay, ports.bus.keys.size, ports.recent.find(call.sid)?.call]).toEqual([false, 0, call]);
  expect([...ports.limits.kept]).toEqual([call.sid]);
});

test("a trunk's password travels sealed, and for this call only", async () => {
  const { call } = await create({ sipAuth: { username: 'u', password: 'secret' } });
  const passwordSealed = Buffer.from(`sealed secret for ${call.sid}`).toString('base64');
  expect(call.instructions.sipAuth).toEqual({ username: 'u', passwordSealed });
});

describe('a call that is not accepted', () => {
  test('while the bus is away is not enqueued, and there is nothing to take back', async () => {
    ports.bus.state = 'away';
    await expect(create()).rejects.toMatchObject({ status: 503 });
    expect([ports.jobs.jobs.size, ports.withdrawn, ports.limits.taken.size]).toEqual([0, [], 0]);
  });

  test('since no acknowledgement came is taken back: it may have arrived', async () => {
    ports.bus.state = 'silent';
    await expect(create()).rejects.toMatchObject({ status: 503 });
    expect(ports.jobs.jobs.size).toBe(0);
    expect(ports.withdrawn).toMatchObject([{ call: { to: '+15551230001' }, sequence: 1 }]);
    expect([ports.limits.taken.size, ports.limits.kept.size]).toEqual([1, 0]);
  });

  test('since the stream refused it cannot have arrived, and never will', async () => {
    const refusal = new BusRefusedError('maximum message size exceeded');
    ports.bus.publish = async () => {
      throw refusal;
    };
    await expect(create()).rejects.toBe(refusal);
    ports.bus.publish = async () => {
      throw new BusUnavailableError('resource limits exceeded for account');
    };
    await expect(create()).rejects.toMatchObject({ status: 503 });
    expect([ports.jobs.jobs.size, ports.withdrawn, ports.limits.taken.size]).toEqual([0, [], 0]);
  });
});

test('while the queue is away calls are accepted: the reconciler adds the job', async () => {
  ports.jobs.isAway = true;
  const { call } = await create();
  expect(ports.bus.published.map((event) => event.subject)).toEqual([call.sid]);
});

test('a call that finds no place is not made, and the caller is told whose limit it is', async () => {
  ports.limits.max = 1;
  await create();
  await expect(create()).rejects.toMatchObject({
    status: 429,
    message: TEST_COMPLAINT,
  });
  expect([ports.bus.published.length, ports.jobs.jobs.size]).toEqual([1, 1]);
});
