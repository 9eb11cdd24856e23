import { mintSid } from '@trunkline/contracts';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallLogEntry } from '../../call-log.js';
import { callSidAt } from '../../call-sid-at.js';
import { migrate } from '../../migrate.js';
import { openStore, type Store } from '../../store.js';
import { createTestDatabase, type TestDatabase } from '../../testing.js';

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

const EVERYTHING = { page: 0, pageSize: 1_000 };
const second = (n: number) => `2026-11-23T10:00:${String(n).padStart(2, '0')}.000Z`;

interface OneCall {
  callSid: string;
  accountSid: string;
}

const oneCall = (): OneCall => ({ callSid: mintSid('CA'), accountSid: mintSid('AC') });

function state(call: OneCall, sequence: number, changes: Partial<CallLogEntry> = {}): CallLogEntry {
  return {
    ...call,
    ...{
      id: `${call.callSid}:${sequence}`,
      time: second(sequence),
      kind: 'state',
      name: 'updated',
      sequence,
    },
    ...{ status: 'queued', reason: null, sipCode: null },
    ...{ code: null, message: null, request: null, response: null },
    ...changes,
  };
}

function callback(call: OneCall, changes: Partial<CallLogEntry> = {}): CallLogEntry {
  return state(call, 1, {
    ...{ id: crypto.randomUUID(), kind: 'callback', name: 'callback', sequence: null, status: null },
    request: { method: 'POST', url: 'https://example.com/cb', event: 'answered', attempt: 2 },
    response: { status: 503, durationMs: 17, error: null },
    ...changes,
  });
}

const historyOf = async ({ callSid }: OneCall) => (await store.listCallEvents(callSid, EVERYTHING)).entries;

test('entries are read back as they were written, oldest first and by number within a moment', async () => {
  const call = oneCall();
  const time = second(1);
  const [first, second_, note, last] = [
    state(call, 2, { time, name: 'initiated' }),
    state(call, 10, { time, name: 'ringing', status: 'ringing', sipCode: 183 }),
    callback(call, { time, code: 11200, message: 'said “no” ☎' }),
    state(call, 11, { name: 'failed', status: 'failed', reason: 'trunk-failed', sipCode: 503 }),
  ];
  const entries = [last, note, second_, first];
  expect(await store.writeCallEvents(entries)).toEqual({ added: 4, rejected: [] });
  expect(await historyOf(call)).toEqual([first, second_, note, last]);
  expect(await store.listCallEvents(call.callSid, { page: 1, pageSize: 3 })).toEqual({
    entries: [last],
    total: 4,
  });
  expect(await store.listCallEvents(call.callSid, { page: 7, pageSize: 3 })).toEqual({
    entries: [],
    total: 4,
  });
});

test('any order, replay and grouping of entries ends in the same history, once each', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.nat(5), { maxLength: 6 }), { maxLength: 4 }), async (batches) => {
      const call = oneCall();
      const entries = [1, 2, 3, 4, 5, 6].map((n) => state(call, n));
      const everything = [...batches.map((batch) => batch.map((n) => entries[n] as CallLogEntry)), entries];
      for (const batch of everything) await store.writeCallEvents(batch);
      expect(await historyOf(call)).toEqual(entries);
    }),
    { numRuns: 15 },
  );
});

test('two writers of the same entries at once do not block each other', async () => {
  const calls = Array.from({ length: 100 }, oneCall);
  const entries = calls.flatMap((call) => [state(call, 1), state(call, 2)]);
  const written = await Promise.all(
    [entries, [...entries].reverse(), entries].map((batch) => store.writeCallEvents(batch)),
  );
  expect(written.reduce((sum, { added }) => sum + added, 0)).toBe(200);
});

test('what Postgres cannot hold is written without it, or told; the others of the batch are written', async () => {
  const calls = Array.from({ length: 7 }, oneCall) as [OneCall, OneCall, ...OneCall[]];
  const [dirty, wrong, ...good] = calls;
  const response = { status: null, durationMs: 1, error: 'half \ud800 and \0nul' };
  const bad = state(wrong, 1, { sipCode: 70_000 });
  const batch = [...good.map((call) => state(call, 1)), callback(dirty, { response, message: 'a\0b' }), bad];
  expect(await store.writeCallEvents(batch)).toEqual({
    added: 6,
    rejected: [{ callSid: wrong.callSid, id: bad.id, error: expect.any(Error) }],
  });
  expect(await historyOf(dirty)).toMatchObject([
    { message: 'ab', response: { ...response, error: 'half  and nul' } },
  ]);
});

test('of a deleted call only the deletion is left, and nothing is added to it any more', async () => {
  const [call, other] = [oneCall(), oneCall()];
  const deletion = state(call, 4, { name: 'deleted', status: 'completed' });
  await store.writeCallEvents([state(call, 1), callback(call), state(other, 1)]);
  // In the order of a batch that holds what came before, and what came after.
  await store.writeCallEvents([state(call, 2), deletion, callback(call), state(other, 2)]);
  expect(await historyOf(call)).toEqual([deletion]);
  expect(await store.writeCallEvents([callback(call), state(call, 3), deletion])).toEqual({
    added: 0,
    rejected: [],
  });
  expect(await historyOf(call)).toEqual([deletion]);
  expect(await historyOf(other)).toHaveLength(2);
});

test('the history of a call is erased again when its deletion had been written, and no more', async () => {
  const call = oneCall();
  const deletion = state(call, 2, { name: 'deleted' });
  await store.writeCallEvents([state(call, 1)]);
  // As after a crash between the two statements of the deletion's own batch.
  await store.writeCallEvents([deletion]);
  await store.writeCallEvents([deletion]);
  expect(await historyOf(call)).toEqual([deletion]);
});

test('a line that was being written while its call was deleted is found later', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const [call, earlier] = [oneCall(), oneCall()];
  await store.writeCallEvents([call, earlier].map((one) => state(one, 1, { name: 'deleted' })));
  const late =
    "insert into call_events (call_sid, id, account_sid, time, kind, name) values ($1, 'late', $2, $3, 'callback', 'callback')";
  for (const one of [call, earlier]) await client.query(late, [one.callSid, one.accountSid, second(2)]);
  await client.query("update call_events set time = '2026-11-20' where call_sid = $1", [earlier.callSid]);
  await client.end();
  expect(await store.eraseLateCallEvents(new Date('2026-11-22'))).toBe(1);
  expect(await historyOf(call)).toMatchObject([{ name: 'deleted' }]);
  expect(await historyOf(earlier)).toHaveLength(2);
});

test('old calls lose their lines a little at a time, oldest first; calls made at the bound keep theirs', async () => {
  const bound = callSidAt(new Date('2001-01-01T00:00:00.000Z'));
  const old = [1, 2, 3].map((n) => ({
    ...oneCall(),
    callSid: callSidAt(new Date(`2000-01-0${n}T00:00:00.000Z`)),
  })) as [OneCall, OneCall, OneCall];
  const kept = { ...oneCall(), callSid: bound };
  const entries = [...old, kept].flatMap((call) => [state(call, 1), state(call, 2)]);
  await store.writeCallEvents(entries);
  expect(await store.deleteCallEventsBefore(bound, 4)).toBe(4);
  expect(await historyOf(old[1])).toEqual([]);
  expect(await historyOf(old[2])).toHaveLength(2);
  expect(await store.deleteCallEventsBefore(bound, 4)).toBe(2);
  expect(await store.deleteCallEventsBefore(bound, 4)).toBe(0);
  expect(await historyOf(kept)).toHaveLength(2);
});

test('the least Sid of a moment is not above any Sid that is minted then', () => {
  const before = callSidAt(new Date());
  const sid = mintSid('CA');
  expect(before <= sid && sid < callSidAt(new Date(Date.now() + 1))).toBe(true);
});
