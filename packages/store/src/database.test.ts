import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connection, type Database, openDatabase } from './database.js';
import { StoreUnavailableError } from './errors.js';
import { createTestDatabase, type TestDatabase } from './testing.js';

let server: TestDatabase;
let database: Database;
let admin: Database;

beforeAll(async () => {
  server = await createTestDatabase(process.env.TEST_DATABASE_URL);
  database = openDatabase({ url: server.url, poolSize: 1, onError: () => {} });
  admin = openDatabase({ url: server.url, poolSize: 1, onError: () => {} });
});
afterAll(async () => {
  await database?.close();
  await admin?.close();
  await server?.drop();
});

async function backendOf(connection: Connection): Promise<number> {
  const statement = { name: '', text: 'select pg_backend_pid() as pid', values: [] };
  const { rows } = await connection.run<{ pid: number }>(statement);
  return rows[0]?.pid ?? 0;
}

/** Resolves once the backend is gone. */
async function kill(pid: number): Promise<void> {
  const text = 'select pg_terminate_backend($1, 5000)';
  await admin.run({ name: '', text, values: [pid] });
}

// An unheard error of the driver would end the process; here it fails the run.
test('a connection that breaks between two statements of a snapshot fails the read, and is replaced', async () => {
  const read = database.readSnapshot(async (connection) => {
    await kill(await backendOf(connection));
    await backendOf(connection);
  });
  await expect(read).rejects.toThrow(StoreUnavailableError);
  expect(await database.readSnapshot(backendOf)).toBeGreaterThan(0);
});

test('a connection that breaks under a statement fails the transaction, and is replaced', async () => {
  const work = database.transact(async (transaction) => {
    const pid = await backendOf(transaction);
    await Promise.all([transaction.execute('select pg_sleep(30)'), kill(pid)]);
  });
  await expect(work).rejects.toThrow(StoreUnavailableError);
  expect(await database.readSnapshot(backendOf)).toBeGreaterThan(0);
});

test('a statement that takes longer than it may is told from a server that is away', async () => {
  const work = database.transact(({ execute }) => execute('select pg_sleep(30)'), 50);
  await expect(work).rejects.toMatchObject({ name: 'StoreUnavailableError', isTooSlow: true });
  const away = openDatabase({ url: 'postgres://postgres@127.0.0.1:1/none', poolSize: 1, onError: () => {} });
  await expect(backendOf(away)).rejects.toMatchObject({ name: 'StoreUnavailableError', isTooSlow: false });
  await away.close();
});

test('snapshots leave half of the connections to everybody else', async () => {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  const small = openDatabase({ url: server.url, poolSize: 2, onError: () => {} });
  const lists = [1, 2, 3].map(() => small.readSnapshot(() => promise));
  expect(await backendOf(small)).toBeGreaterThan(0);
  resolve();
  await Promise.all(lists);
  await small.close();
});
