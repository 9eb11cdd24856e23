import pg from 'pg';
import { asStoreError } from './database-error.js';
import { ROW_TYPES } from './iso-time.js';
import { createTurns } from './take-turns.js';

/** One prepared statement: the name stands for the text, and values never become part of it. */
export interface Statement {
  name: string;
  text: string;
  values: readonly unknown[];
}

/** Where one query after another is run. */
export interface Connection {
  /** Throws StoreUnavailableError or StoreError. */
  run<Row extends pg.QueryResultRow>(statement: Statement): Promise<{ rows: Row[]; rowCount: number }>;
}

/** One connection for as long as its transaction. */
export interface Transaction extends Connection {
  /** Runs statements that take no values and are not worth preparing: DDL, settings. Only texts of this package's own. */
  execute(sql: string): Promise<void>;
}

/** The pool: every `run` is a transaction of its own. */
export interface Database extends Connection {
  /** Several reads of one moment: whatever is committed between them, none sees it. */
  readSnapshot<T>(read: (connection: Connection) => Promise<T>): Promise<T>;
  /** Several statements that happen together or not at all. `timeoutMs` is each statement's. */
  transact<T>(work: (transaction: Transaction) => Promise<T>, timeoutMs?: number): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  /** Told of connections that broke while nobody used them; the pool replaces them. */
  onError: (error: Error) => void;
}

export const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/** A little later than the server's own limit: this one is for a server that has stopped replying altogether. */
const REPLY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 2_000;
const IDLE_TIMEOUT_MS = 30_000;
/**
 * Every filter and order of a list is a statement of its own, and a plan of one over a hundred partitions takes 1 MB of
 * its connection: they go with it.
 */
const LIFETIME_SECONDS = 600;
/**
 * The statements are few, prepared, and of one shape each. To compile one costs more than any of them takes, and to plan
 * one anew for its values costs milliseconds once `calls` has many partitions (those it does not need are left out when
 * it runs). Times are read as they are in UTC (iso-time.ts).
 */
const SESSION_SETTINGS = '-c jit=off -c plan_cache_mode=force_generic_plan -c timezone=UTC';

/** Opens a bounded pool. Nothing connects before the first statement. */
export function openDatabase({ url, poolSize, onError }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    application_name: 'trunkline',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: REPLY_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
    keepAlive: true,
    options: SESSION_SETTINGS,
    types: ROW_TYPES,
  });
  pool.on('error', onError);
  // Half of the pool: a list in an order without an index may take 15 s, and single calls are read meanwhile.
  const snapshots = createTurns({ places: Math.ceil(poolSize / 2), waitMs: CONNECT_TIMEOUT_MS });
  let closed: Promise<void> | undefined;
  return {
    run: (statement) => runOn(pool, statement),
    readSnapshot: (read) =>
      snapshots(() => within(pool, { begin: BEGIN_SNAPSHOT, timeoutMs: STATEMENT_TIMEOUT_MS }, read)),
    transact: (work, timeoutMs = STATEMENT_TIMEOUT_MS) =>
      within(
        pool,
        { begin: `begin; set local statement_timeout = ${Math.trunc(timeoutMs)}`, timeoutMs },
        work,
      ),
    close() {
      closed ??= pool.end();
      return closed;
    },
  };
}

const BEGIN_SNAPSHOT = 'begin isolation level repeatable read read only';

async function runOn<Row extends pg.QueryResultRow>(
  target: pg.Pool | pg.PoolClient,
  statement: Statement,
  replyTimeoutMs = REPLY_TIMEOUT_MS,
): Promise<{ rows: Row[]; rowCount: number }> {
  try {
    // The driver knows the timeout of a single query, its types do not.
    const config = { ...statement, values: [...statement.values], query_timeout: replyTimeoutMs };
    const { rows, rowCount } = await target.query<Row>(config);
    return { rows, rowCount: rowCount ?? 0 };
  } catch (error) {
    throw asStoreError(error);
  }
}

/** A connection whose transaction could not even be rolled back is not used again. */
async function within<T>(
  pool: pg.Pool,
  { begin, timeoutMs }: { begin: string; timeoutMs: number },
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw asStoreError(error);
  });
  const replyTimeoutMs = timeoutMs + REPLY_TIMEOUT_MS - STATEMENT_TIMEOUT_MS;
  const transaction: Transaction = {
    run: (statement) => runOn(client, statement, replyTimeoutMs),
    async execute(sql) {
      await runOn(client, { name: '', text: sql, values: [] }, replyTimeoutMs);
    },
  };
  let broken: Error | undefined;
  // A connection that breaks also fails its statement, which is where it is told; without a listener the process ends.
  const onBroken = (error: Error) => {
    broken = error;
  };
  client.on('error', onBroken);
  try {
    await transaction.execute(begin);
    const result = await work(transaction);
    await transaction.execute('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off('error', onBroken);
    client.release(broken);
  }
}
