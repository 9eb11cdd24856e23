import { afterEach, beforeEach, expect, test } from 'vitest';
import { StoreError, StoreUnavailableError } from './errors.js';
import { migrate } from './migrate.js';
import { openStore } from './store.js';
import { createTestDatabase, type TestDatabase } from './testing.js';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase(process.env.TEST_DATABASE_URL);
});
afterEach(() => database.drop());

test('several processes may migrate an empty database at once, and again later', async () => {
  await Promise.all([1, 2, 3, 4].map(() => migrate(database.url)));
  await migrate(database.url);
  const store = openStore({ url: database.url });
  await store.ping();
  expect(await store.listAccounts()).toEqual([]);
  await store.close();
});

test('a server that is not there is told as unavailable', async () => {
  await expect(migrate('postgres://postgres@127.0.0.1:1/none')).rejects.toThrow(StoreUnavailableError);
});

test('a database that does not exist is told as an error that no retry mends', async () => {
  const url = new URL(database.url);
  url.pathname = '/no_such_database';
  await expect(migrate(url.href)).rejects.toThrow(StoreError);
});
