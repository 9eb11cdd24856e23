import { createMirror, type Directory, type MirrorTarget, type Sealer } from '@trunkline/directory';
import type { Logger } from '@trunkline/runtime';
import type { ApiConfig } from '../config.js';
import type { DirectoryTable } from '../ports.js';
import { environmentTrunks } from '../trunks/environment-trunks.js';
import { AccountBook } from './account-book.js';
import { createAccountLoader } from './account-loader.js';
import type { AccountPorts } from './account-ports.js';
import { DirectoryWriter } from './directory-writer.js';
import { knownFirstAccount, storedFirstAccount } from './first-account.js';
import { type DatabaseState, keepAccounts } from './keep-accounts.js';
import { createAccountOpener } from './open-account.js';
import { createSeek } from './seek-login.js';

export interface AccountsOptions {
  config: Pick<ApiConfig, 'SECRET_KEY' | 'ACCOUNTS_REFRESH' | 'TRUNKS' | 'firstAccount'>;
  table: DirectoryTable;
  sealer: Sealer;
  directory: Pick<Directory, 'account'>;
  bus: { directory: MirrorTarget };
  /** How often the bus has come back so far. */
  busReturns: () => number;
  migrate: () => Promise<void>;
  log: Logger;
  signal: AbortSignal;
}

/** The accounts of this process: those in memory, and what keeps them fresh. */
export interface Accounts {
  book: AccountBook;
  /** For the operations on accounts, keys and rates. */
  ports: AccountPorts;
  /** Tells the cluster of everything that belongs to accounts. */
  directory: DirectoryWriter;
  state(): DatabaseState;
  done: Promise<void>;
}

/** The first account can be used at once, the others as soon as the database is there. */
export function openAccounts(options: AccountsOptions): Accounts {
  const { config, table, sealer, bus, busReturns: returns, migrate, log, signal } = options;
  const book = new AccountBook(knownFirstAccount(options));
  const opener = createAccountOpener(sealer, log);
  book.seekWith(createSeek({ table, book, opener }));
  const directory = new DirectoryWriter({
    mirror: createMirror({ target: bus.directory }),
    table,
    book,
    returns,
    log,
  });
  const keeper = keepAccounts({
    table,
    loader: createAccountLoader({ table, book, opener }),
    directory,
    migrate,
    first: storedFirstAccount(options),
    trunks: environmentTrunks(options),
    refreshMs: config.ACCOUNTS_REFRESH,
    log,
    signal,
  });
  const ports = { table, book, opener, sealer, directory, now: () => new Date() };
  return { book, ports, directory, state: keeper.state, done: keeper.done };
}
