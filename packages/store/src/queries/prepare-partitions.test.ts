import { type Call, mintSid } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database.js';
import { migrate } from '../migrate.js';
import { listPartitions } from '../partitions/partition.js';
import { mintCallSidAt } from '../testing/call-sid.js';
import { countsOf, readCounts } from '../testing/count-model.js';
import { createTestDatabase, type TestDatabase } from '../testing.js';
import { listCalls } from './list-calls.js';
import { listQueuedCalls } from './list-queued-calls.js';
import { preparePartitions } from './prepare-partitions.js';
import { readCall } from './read-call.js';
import { writeCalls } from './write-calls.js';

let server: TestDatabase;
let database: Database;
const accountSid = mintSid('AC');

beforeEach(async () => {
  server = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(server.url);
  database = openDatabase({ url: server.url, poolSize: 8, onError: () => {} });
});
afterEach(async () => {
  await database?.close();
  await server?.drop();
});

/** One call a moment, of two kinds. */
async function write(...moments: string[]): Promise<Call[]> {
  const calls = moments.map((moment, index) =>
    queuedCall({
      accountSid,
      sid: mintCallSidAt(Date.parse(moment)),
      ...(index % 2 === 0 && { status: 'busy', endTime: '2026-11-23T10:00:00.000Z' }),
    }),
  );
  await writeCalls(
    database,
    calls.map((call) => ({ call, sequence: 1 })),
  );
  return calls;
}

async function names(): Promise<string[]> {
  return (await listPartitions(database)).map(({ name }) => name);
}

async function rowsByPartition(): Promise<Record<string, number>> {
  const text = 'select tableoid::regclass::text as name, count(*)::integer as amount from calls group by 1';
  const { rows } = await database.run<{ name: string; amount: number }>({ name: '', text, values: [] });
  return Object.fromEntries(rows.map(({ name, amount }) => [name, amount]));
}

async function expectCalls(calls: readonly Call[]): Promise<void> {
  const sort = { by: 'DateCreated', descending: false } as const;
  const request = { filter: {}, sort, at: { page: 0 }, pageSize: 1000 };
  const page = await listCalls(database, { accountSid, request });
  expect(page.calls.map(({ sid }) => sid)).toEqual(calls.map(({ sid }) => sid).sort());
  expect(page.total).toBe(calls.length);
  expect(await readCounts(database, accountSid)).toEqual(countsOf(calls));
}

const november = { period: 'month', retentionDays: null, now: new Date('2026-11-24T12:00:00Z') } as const;

test('there are partitions for this month and two more, and none is made twice', async () => {
  const { created } = await preparePartitions(database, november);
  expect(created).toEqual(['calls_earlier', 'calls_20261101', 'calls_20261201', 'calls_20270101']);
  expect(await names()).toEqual([...created, 'calls_ahead']);
  expect(await preparePartitions(database, november)).toEqual({ created: [], dropped: [] });
  const december = { ...november, now: new Date('2026-12-01T00:00:00Z') };
  expect((await preparePartitions(database, december)).created).toEqual(['calls_20270201']);
});

test('weeks begin on Monday, days at midnight, UTC', async () => {
  const monday = { ...november, period: 'week' as const, now: new Date('2026-11-29T23:59:59Z') };
  const { created } = await preparePartitions(database, monday);
  expect(created.slice(0, 3)).toEqual(['calls_earlier', 'calls_20261123', 'calls_20261130']);
  expect(created).toHaveLength(6);
});

test('rows in the way are moved where they belong, and stay counted', async () => {
  const calls = await write(
    '2026-10-31T23:59:59.999Z',
    '2026-11-01T00:00:00.000Z',
    '2026-11-30T23:59:59.999Z',
    '2026-12-05T00:00:00.000Z',
    '2027-06-01T00:00:00.000Z',
  );
  await preparePartitions(database, november);
  expect(await rowsByPartition()).toEqual({
    calls_earlier: 1,
    calls_20261101: 2,
    calls_20261201: 1,
    calls_ahead: 1,
  });
  await expectCalls(calls);
  await preparePartitions(database, { ...november, now: new Date('2027-06-02T00:00:00Z') });
  expect(await rowsByPartition()).toMatchObject({ calls_20270601: 1 });
  await expectCalls([...calls, ...(await write('2027-06-03T00:00:00.000Z'))]);
});

test('another period concerns only partitions that are not there yet', async () => {
  await preparePartitions(database, november);
  const days = { ...november, period: 'day' as const, now: new Date('2027-01-29T12:00:00Z') };
  const { created } = await preparePartitions(database, days);
  expect(created).toEqual([
    'calls_20270201',
    'calls_20270202',
    'calls_20270203',
    'calls_20270204',
    'calls_20270205',
  ]);
  const months = { ...november, now: new Date('2027-02-20T12:00:00Z') };
  expect((await preparePartitions(database, months)).created).toEqual([
    'calls_20270206',
    'calls_20270301',
    'calls_20270401',
  ]);
  expect((await names()).slice(0, 4)).toEqual([
    'calls_earlier',
    'calls_20261101',
    'calls_20261201',
    'calls_20270101',
  ]);
});

test('partitions older than is kept go, with all that was counted of them', async () => {
  await preparePartitions(database, { ...november, period: 'day', now: new Date('2026-11-01T00:00:00Z') });
  const old = await write(
    '2026-08-01T00:00:00.000Z',
    '2026-10-31T12:00:00.000Z',
    '2026-11-01T23:59:59.999Z',
    '2026-11-02T00:00:30.000Z',
  );
  const kept = await write(
    '2026-11-03T00:00:00.000Z',
    '2026-11-03T00:00:01.000Z',
    '2026-11-24T00:00:00.000Z',
  );
  const { dropped } = await preparePartitions(database, {
    period: 'day',
    retentionDays: 2,
    now: new Date('2026-11-05T10:00:00Z'),
  });
  expect(dropped).toEqual(['calls_earlier', 'calls_20261101', 'calls_20261102']);
  await expectCalls(kept);
  for (const call of old) expect(await readCall(database, accountSid, call.sid)).toBeNull();
  const later = new Date('2100-01-01');
  const queued = await listQueuedCalls(database, {
    updatedBefore: later,
    dialedBefore: later,
    afterSid: null,
    limit: 9,
  });
  expect(queued.map(({ call }) => call.sid)).toEqual([kept[1]?.sid]);
});

test('a call that comes after its partition has gone is kept until the next one goes', async () => {
  const kept = { ...november, period: 'day', retentionDays: 1 } as const;
  await preparePartitions(database, { ...kept, retentionDays: null });
  const now = new Date('2026-11-26T12:00:00Z');
  expect((await preparePartitions(database, { ...kept, now })).dropped).toHaveLength(2);
  expect((await preparePartitions(database, { ...kept, now })).dropped).toEqual([]);
  await expectCalls(await write('2026-11-01T00:00:00.000Z'));
  expect((await preparePartitions(database, { ...kept, now })).dropped).toEqual(['calls_earlier']);
  await expectCalls([]);
});

test('partitions go while calls are written whose counters they share', async () => {
  const now = new Date('2026-11-05T10:00:00Z');
  await preparePartitions(database, { ...november, period: 'day', now: new Date('2026-11-01T00:00:00Z') });
  await write('2026-10-31T12:00:00.000Z', '2026-11-01T12:00:00.000Z', '2026-11-02T12:00:00.000Z');
  const kept: Promise<Call[]>[] = [];
  let isDropped = false;
  const dropping = preparePartitions(database, { period: 'day', retentionDays: 2, now }).finally(() => {
    isDropped = true;
  });
  // Each writer holds the lock of `calls` while it waits for the day's counters, which the dropped part is taken from.
  const writeOn = async () => {
    while (!isDropped) {
      kept.push(write('2026-11-05T09:00:00.000Z', '2026-11-05T09:30:00.000Z'));
      await kept.at(-1);
    }
  };
  const [{ dropped }] = await Promise.all([dropping, ...Array.from({ length: 6 }, writeOn)]);
  expect(dropped).toEqual(['calls_earlier', 'calls_20261101', 'calls_20261102']);
  await expectCalls((await Promise.all(kept)).flat());
});

test('several processes may do it at once while calls are written', async () => {
  const writing = Array.from({ length: 20 }, (_, day) =>
    write(...[1, 2, 3].map((hour) => `2026-11-${String(day + 5).padStart(2, '0')}T0${hour}:00:00.000Z`)),
  );
  const preparing = [1, 2, 3, 4].map(() => preparePartitions(database, { ...november, period: 'day' }));
  const created = (await Promise.all(preparing)).flatMap((prepared) => prepared.created);
  expect(new Set(created).size).toBe(created.length);
  expect(created).toContain('calls_20261124');
  await expectCalls((await Promise.all(writing)).flat());
});
