import { type Call, mintSid } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallFilter, ListRequest } from '../listing/list-request.js';
import { migrate } from '../migrate.js';
import { openStore, type Store } from '../store.js';
import { createTestDatabase, type TestDatabase } from '../testing.js';

let database: TestDatabase;
let store: Store;
const accountSid = mintSid('AC');
const parentCallSid = mintSid('CA');

const calls: Call[] = [
  queuedCall({
    accountSid,
    to: '+1',
    from: 'alice',
    status: 'completed',
    startTime: '2026-11-22T23:59:59.999Z',
  }),
  queuedCall({
    accountSid,
    to: '+1',
    from: 'bob',
    status: 'completed',
    startTime: '2026-11-23T00:00:00.000Z',
  }),
  queuedCall({ accountSid, to: '+2', from: 'alice', status: 'busy' }),
  queuedCall({
    accountSid,
    to: '+2',
    from: 'alice',
    status: 'completed',
    startTime: '2026-11-24T00:00:00.000Z',
    parentCallSid,
  }),
  queuedCall({ accountSid, to: 'carol', from: 'bob', status: 'queued' }),
];

beforeAll(async () => {
  database = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(database.url);
  store = openStore({ url: database.url });
  const strangers = [queuedCall({ to: '+1', from: 'alice' })];
  await store.writeCalls([...calls, ...strangers].map((call) => ({ call, sequence: 1 })));
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const list = (filter: CallFilter, page: number, pageSize: number) => {
  const request: ListRequest = {
    filter,
    sort: { by: 'DateCreated', descending: true },
    at: { page },
    pageSize,
  };
  return store.listCalls(accountSid, request);
};

const day = new Date('2026-11-23T00:00:00.000Z');
const nextDay = new Date('2026-11-24T00:00:00.000Z');

test.each<[string, CallFilter, number[]]>([
  ['no filter', {}, [4, 3, 2, 1, 0]],
  ['To', { to: '+1' }, [1, 0]],
  ['From', { from: 'alice' }, [3, 2, 0]],
  ['To in the other form', { to: '1' }, [1, 0]],
  ['Status', { status: ['busy'] }, [2]],
  ['ParentCallSid', { parentCallSid }, [3]],
  ['one day', { startTime: { from: day, until: nextDay } }, [1]],
  ['at or after a day', { startTime: { from: day } }, [3, 1]],
  ['at or before a moment', { startTime: { atOrBefore: day } }, [1, 0]],
  ['several at once', { from: 'alice', status: ['completed'], startTime: { from: day } }, [3]],
  ['what cannot be stored', { to: 'nul\0' }, []],
])('%s: newest first, with the exact total, and only of this account', async (_, filter, expected) => {
  const page = await list(filter, 0, 50);
  expect(page.calls.map((call) => calls.findIndex(({ sid }) => sid === call.sid))).toEqual(expected);
  expect(page.total).toBe(expected.length);
});

test('pages split the list without a gap or a repeat, and one past the end still tells the total', async () => {
  const pages = await Promise.all([0, 1, 2, 3].map((page) => list({}, page, 2)));
  expect(pages.map(({ total }) => total)).toEqual([5, 5, 5, 5]);
  expect(pages.map((page) => page.calls.length)).toEqual([2, 2, 1, 0]);
  expect(pages.flatMap((page) => page.calls.map(({ sid }) => sid))).toEqual(
    calls.map(({ sid }) => sid).reverse(),
  );
});

test('a listed call says all but how it was asked for', async () => {
  const { instructions, statusCallback, ...listed } = calls[4] as Call;
  expect((await list({}, 0, 1)).calls).toEqual([listed]);
});

test('a call is read only by its own account', async () => {
  const { sid } = calls[0] as Call;
  expect((await store.readCall(accountSid, sid))?.call.sid).toBe(sid);
  expect(await store.readCall(mintSid('AC'), sid)).toBeNull();
});
