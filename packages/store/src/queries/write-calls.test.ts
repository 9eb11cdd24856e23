import { type CallRecord, mintSid, supersedes } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../migrate.js';
import { openStore, type Store } from '../store.js';
import { createTestDatabase, type TestDatabase } from '../testing.js';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(database.url);
  store = openStore({ url: database.url });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

/** The life of one answered call, one record an event. */
function lifeOf(accountSid: string): CallRecord[] {
  const call = queuedCall({ accountSid });
  const at = (second: number) => `2026-11-23T10:00:0${second}.000Z`;
  const calls = [
    call,
    { ...call, dateUpdated: at(1), queueTimeMs: 12 },
    { ...call, dateUpdated: at(2), queueTimeMs: 12, status: 'ringing' as const, sipCode: 180 },
    { ...call, dateUpdated: at(3), status: 'in-progress' as const, startTime: at(3), sipCode: 200 },
    {
      ...call,
      dateUpdated: at(5),
      status: 'completed' as const,
      startTime: at(3),
      endTime: at(5),
      durationSeconds: 2,
      endReason: 'hangup' as const,
      hangupSide: 'remote' as const,
    },
  ];
  return calls.map((one, index) => ({ call: one, sequence: index + 1 }));
}

test('a record is read back as it was written', async () => {
  const record: CallRecord = {
    sequence: 7,
    call: queuedCall({
      status: 'failed',
      parentCallSid: mintSid('CA'),
      phoneNumberSid: mintSid('PN'),
      startTime: '2026-11-23T10:00:01.001Z',
      endTime: '2026-11-23T10:00:03.999Z',
      durationSeconds: 2,
      queueTimeMs: 3_000_000_000,
      price: '0.0125',
      priceUnit: 'USD',
      callerName: 'Zoë "☎" O’Neil',
      sipCode: 503,
      sipReason: 'Service Unavailable',
      q850Cause: 41,
      hangupSide: 'remote',
      endReason: 'trunk-failed',
      statusCallback: { url: 'https://example.com/?a=1', method: 'GET', events: ['completed'], dueCount: 1 },
    }),
  };
  expect(await store.writeCalls([record])).toEqual({ changed: 1, rejected: [] });
  expect(await store.readCall(record.call.accountSid, record.call.sid)).toEqual(record);
});

test('any order, replay or duplicate of a call’s events ends in the same row', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 }),
      async (batches) => {
        const life = lifeOf(mintSid('AC'));
        const everything = [...batches, [0, 1, 2, 3, 4]];
        for (const batch of everything) await store.writeCalls(batch.map((n) => life[n] as CallRecord));
        const { sid, accountSid } = (life[0] as CallRecord).call;
        expect(await store.readCall(accountSid, sid)).toEqual(life[4]);
      },
    ),
    { numRuns: 40 },
  );
});

test('a final status never changes, whatever the sequence of what comes later', async () => {
  const [queued, , , answered, completed] = lifeOf(mintSid('AC')) as [
    CallRecord,
    CallRecord,
    CallRecord,
    CallRecord,
    CallRecord,
  ];
  const takenOver: CallRecord = {
    sequence: 105,
    call: { ...answered.call, status: 'failed', endReason: 'dialer-lost' },
  };
  await store.writeCalls([queued, completed]);
  expect(await store.writeCalls([takenOver, { ...answered, sequence: 500 }])).toEqual({
    changed: 0,
    rejected: [],
  });
  expect(await store.readCall(queued.call.accountSid, queued.call.sid)).toEqual(completed);
});

test('the row obeys the rule of the contracts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 8 }),
      async (steps) => {
        const life = lifeOf(mintSid('AC'));
        let expected: CallRecord | null = null;
        for (const [n, sequence] of steps) {
          const record = { call: (life[n] as CallRecord).call, sequence };
          await store.writeCalls([record]);
          if (expected === null || supersedes(record, expected)) expected = record;
        }
        const { sid, accountSid } = (life[0] as CallRecord).call;
        expect(await store.readCall(accountSid, sid)).toEqual(expected);
      },
    ),
    { numRuns: 25 },
  );
});

test('records that Postgres cannot hold are told, and keep nobody else out', async () => {
  const good = Array.from({ length: 9 }, () => ({ call: queuedCall(), sequence: 1 }));
  const bad = { call: queuedCall({ to: 'nul\0here' }), sequence: 1 };
  const { changed, rejected } = await store.writeCalls([...good.slice(0, 4), bad, ...good.slice(4)]);
  expect(changed).toBe(9);
  expect(rejected).toEqual([{ callSid: bad.call.sid, sequence: 1, error: expect.any(Error) }]);
});

test('the end of a call is written without the control characters that keep it out', async () => {
  const sipReason = 'Bu\0sy \u0007here';
  const ended = (changes: Partial<CallRecord['call']>) =>
    ({ call: queuedCall({ status: 'busy', sipCode: 486, ...changes }), sequence: 4 }) satisfies CallRecord;
  const [bad, good] = [ended({ sipReason, callerName: 'Zoë\0' }), ended({ sipReason: 'Busy' })];
  expect(await store.writeCalls([bad, good])).toEqual({ changed: 2, rejected: [] });
  const written = await store.readCall(bad.call.accountSid, bad.call.sid);
  expect(written).toEqual({ ...bad, call: { ...bad.call, sipReason: 'Busy here', callerName: 'Zoë' } });
  expect(await store.readCall(good.call.accountSid, good.call.sid)).toEqual(good);
});

test('the end of a call that cannot be written even so is told', async () => {
  const bad = { call: queuedCall({ status: 'busy', to: '\0', sipCode: 70_000 }), sequence: 4 };
  expect(await store.writeCalls([bad])).toMatchObject({ changed: 0, rejected: [{ callSid: bad.call.sid }] });
});

test('two writers of the same calls at once do not block each other for ever', async () => {
  const accountSid = mintSid('AC');
  const lives = Array.from({ length: 60 }, () => lifeOf(accountSid));
  const batches = [0, 1, 2, 3, 4].map((n) => lives.map((life) => life[n] as CallRecord));
  await Promise.all(
    batches.flatMap((batch) => [store.writeCalls(batch), store.writeCalls([...batch].reverse())]),
  );
  const { total } = await store.listCalls(accountSid, {
    filter: { status: ['completed'] },
    sort: { by: 'DateCreated', descending: true },
    at: { page: 0 },
    pageSize: 1,
  });
  expect(total).toBe(60);
});

test('queued calls are listed oldest first, page by page, and only those left alone for long', async () => {
  const old = Array.from({ length: 5 }, () => queuedCall({ dateUpdated: '2001-01-01T00:00:00.000Z' }));
  const fresh = queuedCall({ dateUpdated: new Date().toISOString() });
  await store.writeCalls([...old, fresh].map((call) => ({ call, sequence: 1 })));
  const before = { updatedBefore: new Date('2001-01-02'), dialedBefore: new Date('2001-01-02') };
  const first = await store.listQueuedCalls({ ...before, afterSid: null, limit: 3 });
  const afterSid = first.at(-1)?.call.sid ?? null;
  const second = await store.listQueuedCalls({ ...before, afterSid, limit: 3 });
  expect([...first, ...second].map(({ call }) => call.sid)).toEqual(old.map(({ sid }) => sid));
});

test('calls whose INVITE has left are not among the queued ones until they must be over', async () => {
  const day = '1999-01-01T10:00:00.000Z';
  const [waiting, dialed] = [
    queuedCall({ dateUpdated: day }),
    queuedCall({ dateUpdated: day, queueTimeMs: 12 }),
  ];
  await store.writeCalls([waiting, dialed].map((call) => ({ call, sequence: 1 })));
  const list = async (dialedBefore: string) => {
    const updatedBefore = new Date('1999-01-02');
    const request = { updatedBefore, dialedBefore: new Date(dialedBefore), afterSid: null, limit: 9 };
    return (await store.listQueuedCalls(request)).map(({ call }) => call.sid);
  };
  expect(await list('1999-01-01T09:59:00.000Z')).toEqual([waiting.sid]);
  expect(await list('1999-01-01T10:01:00.000Z')).toEqual([waiting.sid, dialed.sid]);
});
