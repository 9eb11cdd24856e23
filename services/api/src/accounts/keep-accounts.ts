import { setTimeout as delay } from 'node:timers/promises';
import { connectWithRetry, type Logger } from '@trunkline/runtime';
import type { NewAccount } from '@trunkline/store';
import type { AccountTable } from '../ports.js';
import type { AccountLoader } from './load-accounts.js';

export interface AccountKeeperOptions {
  table: Pick<AccountTable, 'ensureAccount'>;
  loader: AccountLoader;
  /** Brings the database's tables up to date. */
  migrate: () => Promise<void>;
  /** Created, or given its token, once the database is there. */
  first: NewAccount | null;
  refreshMs: number;
  log: Logger;
  /** Ends it. */
  signal: AbortSignal;
}

/** Where the database stands: being asked, not there (calls are accepted without it), or ready. */
export type DatabaseState = 'preparing' | 'away' | 'ready';

export interface AccountKeeper {
  state(): DatabaseState;
  /** Ends when the signal was given; rejects when the database refuses (no retry would help). */
  done: Promise<void>;
}

/** Prepares the database as soon as it is there, then asks it for the accounts again and again. */
export function keepAccounts(options: AccountKeeperOptions): AccountKeeper {
  let state: DatabaseState = 'preparing';
  const prepare = async () => {
    try {
      await options.migrate();
      if (options.first) await options.table.ensureAccount(options.first);
      await options.loader.load();
    } catch (error) {
      state = 'away';
      throw error;
    }
    state = 'ready';
  };
  const run = async () => {
    const { log, signal } = options;
    await connectWithRetry('Postgres', prepare, { log, signal });
    log.info('the database is up to date');
    await refresh(options);
  };
  const done = run().catch((error) => {
    if (!options.signal.aborted) throw error;
  });
  return { state: () => state, done };
}

/** Says once that it cannot, and once that it can again. */
async function refresh({ loader, refreshMs, log, signal }: AccountKeeperOptions): Promise<void> {
  let isAway = false;
  while (!signal.aborted) {
    await delay(refreshMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      await loader.load();
      if (isAway) log.info('accounts are refreshed again');
      isAway = false;
    } catch (err) {
      if (!isAway) log.warn({ err }, 'accounts cannot be refreshed: going on with those in memory');
      isAway = true;
    }
  }
}
