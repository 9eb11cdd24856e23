import { setTimeout as delay } from 'node:timers/promises';
import { connectWithRetry, type Logger } from '@trunkline/runtime';
import type { EnvironmentTrunk, FirstAccount } from '@trunkline/store';
import type { DirectoryTable } from '../ports.js';
import type { AccountLoader } from './account-loader.js';
import type { DirectoryWriter } from './directory-writer.js';

export interface AccountKeeperOptions {
  table: Pick<DirectoryTable, 'ensureAccount' | 'keepEnvironmentTrunks'>;
  loader: AccountLoader;
  directory: Pick<DirectoryWriter, 'rebuild' | 'isBehind'>;
  /** Brings the database's tables up to date. */
  migrate: () => Promise<void>;
  /** Created, or given its token, once the database is there. */
  first: FirstAccount | null;
  /** Its trunks, as far as the environment says: all that the environment made are made equal to them. */
  trunks: readonly EnvironmentTrunk[];
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

/** Everything is read again, and the directory compared, so often; each instance at its own moment. */
const REBUILD_MS = 600_000;

/** Prepares the database as soon as it is there, then asks it for changes, and tells the directory, again and again. */
export function keepAccounts(options: AccountKeeperOptions): AccountKeeper {
  let state: DatabaseState = 'preparing';
  const prepare = async () => {
    try {
      await options.migrate();
      if (options.first) await options.table.ensureAccount(options.first);
      await options.table.keepEnvironmentTrunks(options.trunks);
      await options.loader.load();
    } catch (error) {
      state = 'away';
      throw error;
    }
  };
  const run = async () => {
    const { log, signal } = options;
    await connectWithRetry('Postgres', prepare, { log, signal });
    log.info('the database is up to date');
    await refresh(options, () => {
      state = 'ready';
    });
  };
  const done = run().catch((error) => {
    if (!options.signal.aborted) throw error;
  });
  return { state: () => state, done };
}

/**
 * Says once that it cannot, and once that it can again.
 * @param onReady told when the directory was compared for the first time, or could not be: a call that is accepted from then
 * on is to find its account's trunks
 */
async function refresh(options: AccountKeeperOptions, onReady: () => void): Promise<void> {
  const { loader, directory, refreshMs, log, signal } = options;
  const load = attempts('accounts cannot be refreshed: going on with those in memory', log);
  const tell = attempts('the directory cannot be compared with the database: trying again', log);
  let rebuiltAt = performance.now() - REBUILD_MS * Math.random();
  while (!signal.aborted) {
    if (directory.isBehind() || performance.now() - rebuiltAt > REBUILD_MS) {
      const isDone = await tell(async () => {
        await loader.loadAll();
        await directory.rebuild();
      });
      if (isDone) rebuiltAt = performance.now();
    }
    onReady();
    await delay(refreshMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await load(() => loader.load());
  }
}

/** Runs what may fail, and tells of it when that changes. */
function attempts(complaint: string, log: Logger): (run: () => Promise<void>) => Promise<boolean> {
  let isFailing = false;
  return async (run) => {
    try {
      await run();
      if (isFailing) log.info('accounts are refreshed again');
      isFailing = false;
    } catch (err) {
      if (!isFailing) log.warn({ err }, complaint);
      isFailing = true;
    }
    return !isFailing;
  };
}
