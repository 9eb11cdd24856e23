import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { CONNECT_TIMEOUT_MS } from './database.js';
import { asStoreError, isUndefinedTable } from './database-error.js';

/**
 * Brings the database's tables up to this version. Several processes may do it at once: one migrates, the others wait
 * for it. Throws StoreUnavailableError, or StoreError when a migration fails (which then left nothing behind).
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'trunkline migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  });
  // A broken connection also fails the statement under way, which is where it is told.
  client.on('error', () => {});
  try {
    await client.connect();
    if (!(await isUpToDate(client))) await runMigrations(client);
  } catch (error) {
    throw asStoreError(error);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Beside `src` and `dist` alike. */
const DIRECTORY = fileURLToPath(new URL('../migrations', import.meta.url));
const TABLE = 'migrations';
/** Also the longest wait for another process that migrates. */
const STATEMENT_TIMEOUT_MS = 15 * 60_000;

/** The common case at every start, answered without loading the migration runner. */
async function isUpToDate(client: pg.Client): Promise<boolean> {
  const [files, applied] = await Promise.all([readdir(DIRECTORY), appliedMigrations(client)]);
  return files.every((file) => !file.endsWith('.sql') || applied.has(file.slice(0, -'.sql'.length)));
}

async function appliedMigrations(client: pg.Client): Promise<Set<string>> {
  try {
    const { rows } = await client.query<{ name: string }>(`select name from ${TABLE}`);
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    if (isUndefinedTable(error)) return new Set();
    throw error;
  }
}

async function runMigrations(client: pg.Client): Promise<void> {
  const { runner } = await import('node-pg-migrate');
  await runner({
    dbClient: client,
    dir: DIRECTORY,
    direction: 'up',
    migrationsTable: TABLE,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
}
