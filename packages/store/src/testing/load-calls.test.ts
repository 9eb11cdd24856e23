import { mintSid } from '@trunkline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database.js';
import { migrate } from '../migrate.js';
import { listPartitions } from '../partitions/partition.js';
import { listCalls } from '../queries/list-calls.js';
import { readCall } from '../queries/read-call.js';
import { writeCalls } from '../queries/write-calls.js';
import { createTestDatabase, type TestDatabase } from '../testing.js';
import { countsOf, readCounts } from './count-model.js';
import { loadCalls } from './load-calls.js';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(server.url);
  database = openDatabase({ url: server.url, poolSize: 2, onError: () => {} });
});
afterAll(async () => {
  await database?.close();
  await server?.drop();
});

test('calls that are loaded in bulk are counted as if they had been written', async () => {
  const accountSid = mintSid('AC');
  const [from, to] = [new Date('2026-08-20T00:00:00Z'), new Date('2026-11-10T00:00:00Z')];
  await loadCalls(server.url, { accountSid, count: 900, from, to });
  const sort = { by: 'DateCreated', descending: true } as const;
  const request = { filter: {}, sort, at: { page: 0 }, pageSize: 1000 };
  const { calls, total } = await listCalls(database, { accountSid, request });
  expect(total).toBe(900);
  expect(calls).toHaveLength(900);
  expect(calls.filter(({ status }) => status === 'completed').length).toBeGreaterThan(600);
  expect(await readCounts(database, accountSid)).toEqual(countsOf(calls));
  expect((await listPartitions(database)).map(({ name }) => name)).toContain('calls_20260901');
  const last = await readCall(database, accountSid, calls[0]?.sid ?? '');
  if (!last) throw new Error('no call was loaded');
  const deleted = { ...last.call, dateDeleted: last.call.dateUpdated };
  await writeCalls(database, [{ call: deleted, sequence: 9 }]);
  expect(await readCounts(database, accountSid)).toEqual(countsOf(calls.slice(1)));
});
