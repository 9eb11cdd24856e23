import pg from 'pg';
import { asStoreError } from './database-error.js';

/** One prepared statement: the name stands for the text, and values never become part of it. */
export interface Statement {
  name: string;
  text: string;
  values: readonly unknown[];
}

/** Where the queries are run. */
export interface Database {
  /** Throws StoreUnavailableError or StoreError. */
  run<Row extends pg.QueryResultRow>(statement: Statement): Promise<{ rows: Row[]; rowCount: number }>;
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
    keepAlive: true,
  });
  pool.on('error', onError);
  let closed: Promise<void> | undefined;
  return {
    async run<Row extends pg.QueryResultRow>(statement: Statement) {
      try {
        const { rows, rowCount } = await pool.query<Row>({ ...statement, values: [...statement.values] });
        return { rows, rowCount: rowCount ?? 0 };
      } catch (error) {
        throw asStoreError(error);
      }
    },
    close() {
      closed ??= pool.end();
      return closed;
    },
  };
}
