import { createHash } from 'node:crypto';
import { advanceCall, type Call, deleteEvent, recordOf } from '@trunkline/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { knownAccount } from '../testing/known-account.js';
import { testRecord } from '../testing/test-call.js';
import { createTestPorts, type TestPorts } from '../testing/test-ports.js';
import { createCall } from './create-call.js';
import { readCreateKey } from './create-key.js';
import type { CallRequest } from './create-parameters.js';
import { RecentCalls } from './recent-calls.js';

const { from, to, instructions, statusCallback, metadata } = testRecord().call;
const REQUEST: CallRequest = { from, to, instructions, statusCallback, metadata, sipAuth: null };
const HOUR_MS = 3_600_000;

let ports: TestPorts;
beforeEach(() => {
  ports = createTestPorts();
});

interface Asked {
  changes?: Partial<CallRequest>;
  key?: string;
  accountSid?: string;
  at?: TestPorts;
}

function create({ changes = {}, key = 'key-1', accountSid, at = ports }: Asked = {}) {
  const account = knownAccount(accountSid === undefined ? {} : { sid: accountSid });
  const request = { ...REQUEST, ...changes };
  return createCall(at, { account, caller: account, request, apiVersion: '2012-04-24', key });
}

/** Another process, with the same servers and nothing in its memory. */
const another = (): TestPorts => ({ ...ports, recent: new RecentCalls(), instance: 'api-2' });
/** What rings: calls whose `queued` event is in the stream. */
const accepted = () => [...ports.bus.stream.values()].map(({ subject }) => subject);

test('a repeated request gets the call of the first, as it is now', async () => {
  const first = await create();
  const record = { call: first.call, sequence: 1 };
  ports.history.add(recordOf(advanceCall(record, 'ringing', { sipCode: 180 }, ports.now(), 'd')));
  const second = await create({ at: another() });
  expect([first.isReplay, second.isReplay]).toEqual([false, true]);
  expect(second.call).toMatchObject({ sid: first.call.sid, status: 'ringing' });
  expect([accepted(), ports.jobs.jobs.size, ports.limits.taken.size]).toEqual([[first.call.sid], 1, 1]);
});

test('it is the same call before anything but the queue knows of it', async () => {
  const first = await create();
  expect(await create({ at: another() })).toEqual({ call: first.call, isReplay: true });
});

test('a call that has ended, however, stays what the key stands for', async () => {
  const { call } = await create();
  ports.history.add({ call: { ...call, status: 'failed' }, sequence: 3 });
  expect((await create()).call.status).toBe('failed');
});

test('a repeat is answered also when the account has no place left', async () => {
  ports.limits.max = 1;
  const first = await create();
  expect((await create()).call.sid).toBe(first.call.sid);
});

test('other parameters under the same key are refused; the same in other words are not', async () => {
  const { call } = await create({ changes: { metadata: { a: '1' } } });
  await expect(create({ changes: { metadata: { a: '2' } } })).rejects.toMatchObject({ status: 409 });
  await expect(create()).rejects.toMatchObject({ status: 409 });
  expect((await create({ changes: { metadata: { a: '1' } } })).call.sid).toBe(call.sid);
  expect(accepted()).toEqual([call.sid]);
});

test('whom is meant, and the headers of the INVITE, count; where nothing is said of them, keys of before do', async () => {
  const { callee: _, sipHeaders: __, sipAuth: ___, ...older } = instructions;
  const said = { from, to, statusCallback, metadata, instructions: older };
  const text = JSON.stringify(said, (_name, value) => value ?? undefined);
  const bodyHash = createHash('sha256').update(text).digest('hex');
  const held = { callSid: `CA${'1'.repeat(32)}`, bodyHash, at: ports.now().toISOString() };
  await ports.bus.createKeys.claim(`${knownAccount().sid}:key-1`, held);
  expect((await create()).call.sid).toBe(held.callSid);
  for (const more of [{ callee: 'client' as const }, { sipHeaders: { 'X-A': '1' } }]) {
    const changes = { instructions: { ...instructions, ...more } };
    await expect(create({ changes })).rejects.toMatchObject({ status: 409 });
  }
});

test('a login counts, but not its password, which nobody shall guess by a digest', async () => {
  const login = (username: string, password: string) => ({ changes: { sipAuth: { username, password } } });
  const { call } = await create(login('u', 'p'));
  expect((await create(login('u', 'q'))).call.sid).toBe(call.sid);
  await expect(create(login('v', 'p'))).rejects.toMatchObject({ status: 409 });
});

test('keys are of one account, and differ from each other', async () => {
  const one = await create();
  const other = await create({ accountSid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f02' });
  const third = await create({ key: 'key-2' });
  expect(new Set([one, other, third].map(({ call }) => call.sid)).size).toBe(3);
});

test('two at once make one call', async () => {
  const [one, other] = await Promise.all([create(), create({ at: another() })]);
  expect(other.call.sid).toBe(one.call.sid);
  expect([accepted(), ports.jobs.jobs.size]).toEqual([[one.call.sid], 1]);
});

test('a key whose call was deleted makes no other', async () => {
  const { call } = await create();
  const ended = { call: { ...call, status: 'busy' as const }, sequence: 3 };
  ports.history.add(recordOf(deleteEvent(ended, ports.now(), 'api')));
  await expect(create()).rejects.toMatchObject({
    status: 409,
    message: 'The Idempotency-Key stands for a call whose record was deleted',
  });
});

describe('when the first request', () => {
  /** The claim is there; whoever made it did not get to its call. */
  async function claimOnly(): Promise<string> {
    ports.bus.publish = async () => {
      throw new Error('the process died');
    };
    await create().catch(() => {});
    Reflect.deleteProperty(ports.bus, 'publish');
    const [claim] = ports.bus.keys.values();
    return claim?.callSid ?? '';
  }

  test('died before it published, the repeat makes that very call', async () => {
    const sid = await claimOnly();
    const { call, isReplay } = await create({ at: another() });
    expect([call.sid, isReplay]).toEqual([sid, true]);
    expect([accepted(), [...ports.jobs.jobs.keys()]]).toEqual([[sid], [sid]]);
  });

  test('died after it published, the repeat adds the job, and the stream drops the second event', async () => {
    ports.jobs.isAway = true;
    const { call } = await create();
    ports.jobs.isAway = false;
    const repeat = await create({ at: another() });
    expect([repeat.call.sid, repeat.call.dateCreated]).toEqual([call.sid, call.dateCreated]);
    expect([accepted(), [...ports.jobs.jobs.keys()]]).toEqual([[call.sid], [call.sid]]);
  });

  test('was answered 503, it is not taken back, and the repeat goes on with it', async () => {
    ports.bus.state = 'arriving';
    ports.bus.createKeys.claim = async (key, value) => {
      ports.bus.keys.set(key, value);
      return { won: true };
    };
    await expect(create()).rejects.toMatchObject({
      status: 503,
      message: 'Whether the call was accepted is not known: ask again with the same Idempotency-Key',
    });
    expect(ports.withdrawn).toEqual([]);
    const [arrived] = accepted();
    const later = another();
    later.bus = Object.assign(createTestPorts().bus, { keys: ports.bus.keys, stream: ports.bus.stream });
    const { call } = await create({ at: later });
    expect([call.sid, accepted()]).toEqual([arrived, [arrived]]);
  });

  test('could not even claim the key, nothing is left of it', async () => {
    ports.bus.state = 'away';
    await expect(create()).rejects.toMatchObject({ name: 'BusUnavailableError' });
    expect([ports.bus.keys.size, ports.withdrawn, ports.limits.taken.size]).toEqual([0, [], 0]);
  });

  test('had no place left, the repeat gets one when there is', async () => {
    ports.limits.max = 0;
    await expect(create()).rejects.toMatchObject({ status: 429 });
    ports.limits.max = 1;
    expect((await create()).call.sid).toBe([...ports.bus.keys.values()][0]?.callSid);
  });

  test('made a call that was dialed and is not recorded yet, the repeat has to wait', async () => {
    const sid = await claimOnly();
    ports.bus.claims.set(sid, { owner: 'dialer-1', kind: 'dialer', claimId: 'x', at: '' });
    await expect(create()).rejects.toMatchObject({
      status: 503,
      message: 'The call is just being recorded: try again',
    });
    expect(accepted()).toEqual([]);
  });

  test('may have made a call, and history cannot be asked, the repeat has to wait', async () => {
    await claimOnly();
    ports.history.isAway = true;
    await expect(create()).rejects.toMatchObject({ name: 'StoreUnavailableError' });
    expect(accepted()).toEqual([]);
  });

  test.each([HOUR_MS, 6 * HOUR_MS + 1])(
    'is %i ms ago, no call is accepted that a dialer would let expire',
    async (ageMs) => {
      await claimOnly();
      const later = another();
      later.now = () => new Date(ports.now().getTime() + ageMs);
      await expect(create({ at: later })).rejects.toMatchObject({ status: 409 });
      expect(accepted()).toEqual([]);
      later.now = () => new Date(ports.now().getTime() + HOUR_MS / 2);
      expect((await create({ at: later })).call.status).toBe('queued');
    },
  );
});

describe('the key of a request', () => {
  const read = (headers: Record<string, string>) =>
    readCreateKey({ header: (name) => headers[name.toLowerCase()] ?? null });

  test('is in either header, the first wins', () => {
    expect(read({})).toBeNull();
    expect(read({ 'idempotency-key': 'a b' })).toBe('a b');
    expect(read({ 'i-twilio-idempotency-token': 'b' })).toBe('b');
    expect(read({ 'idempotency-key': 'a', 'i-twilio-idempotency-token': 'b' })).toBe('a');
  });

  test.each(['', 'x'.repeat(256), 'ä', 'a\tb'])('is not %j', (key) => {
    expect(() => read({ 'idempotency-key': key })).toThrow(
      'Idempotency-Key must be 1 to 255 printable ASCII characters',
    );
  });
});

/** The stream keeps the first of two events with one id, so that what was answered is what rings. */
test('the call of a repeat is the one in the stream', async () => {
  const [one, other] = await Promise.all([create(), create({ at: another() })]);
  const kept: Call | undefined = [...ports.bus.stream.values()][0]?.data;
  expect([one.call, other.call]).toEqual([kept, kept]);
});
