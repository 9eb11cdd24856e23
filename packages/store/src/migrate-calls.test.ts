import { mintSid } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CALL_COLUMNS } from './call-columns.js';
import { type Database, openDatabase } from './database.js';
import { migrate } from './migrate.js';
import { listCalls } from './queries/list-calls.js';
import { listQueuedCalls } from './queries/list-queued-calls.js';
import { readCall } from './queries/read-call.js';
import { countsOf, readCounts } from './testing/count-model.js';
import { createTestDatabase, type TestDatabase } from './testing.js';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createTestDatabase(process.env.TEST_DATABASE_URL);
  database = openDatabase({ url: server.url, poolSize: 2, onError: () => {} });
});
afterAll(async () => {
  await database?.close();
  await server?.drop();
});

const accountSid = mintSid('AC');
const records = [
  queuedCall({ accountSid }),
  queuedCall({
    accountSid,
    status: 'completed',
    startTime: '2026-11-23T10:00:01.000Z',
    endTime: '2026-11-23T10:00:09.000Z',
  }),
  queuedCall({ accountSid, status: 'failed', endTime: '2026-11-23T10:00:09.000Z', to: 'alice' }),
  queuedCall(),
].map((call) => ({ call, sequence: 3 }));

/** The columns that `calls` did not have yet. */
const LATER = ['ring_time', 'attempts', 'quality', 'metadata', 'date_deleted'];

test('calls of a database from before partitions and counters are kept, and counted', async () => {
  await migrateTo(2);
  const columns = CALL_COLUMNS.filter(({ name }) => !LATER.includes(name));
  for (const record of records) {
    await database.run({
      name: 'write-old-call',
      text: `insert into calls (${columns.map(({ name }) => name).join(', ')})
        values (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
      values: columns.map(({ value }) => value(record)),
    });
  }
  await migrate(server.url);
  for (const record of records)
    expect(await readCall(database, record.call.accountSid, record.call.sid)).toEqual(record);
  const own = records.slice(0, 3).map(({ call }) => call);
  expect(await readCounts(database, accountSid)).toEqual(countsOf(own));
  const sort = { by: 'DateCreated', descending: false } as const;
  const request = { filter: { status: ['completed' as const] }, sort, at: { page: 0 }, pageSize: 9 };
  const { calls } = await listCalls(database, { accountSid, request });
  expect(calls.map(({ sid }) => sid)).toEqual([own[1]?.sid]);
  const later = new Date('2100-01-01');
  const all = { updatedBefore: later, dialedBefore: later, afterSid: null, limit: 9 };
  expect(await listQueuedCalls(database, all)).toEqual([records[0], records[3]]);
});

/** As migrate() does, but only the first so many. */
async function migrateTo(count: number): Promise<void> {
  const client = new pg.Client(server.url);
  await client.connect();
  const silence = () => {};
  await runner({
    dbClient: client,
    dir: `${import.meta.dirname}/../migrations`,
    direction: 'up',
    migrationsTable: 'migrations',
    count,
    logger: { debug: silence, info: silence, warn: silence, error: silence },
  });
  await client.end();
}
