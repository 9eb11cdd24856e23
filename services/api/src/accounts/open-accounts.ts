import type { Logger } from '@trunkline/runtime';
import type { ApiConfig } from '../config.js';
import type { AccountTable } from '../ports.js';
import { AccountBook, digestToken } from './account-book.js';
import { type DatabaseState, keepAccounts } from './keep-accounts.js';
import { createAccountLoader } from './load-accounts.js';
import { createTokenSealer } from './seal-token.js';

export interface AccountsOptions {
  config: Pick<ApiConfig, 'SECRET_KEY' | 'ACCOUNTS_REFRESH' | 'firstAccount'>;
  table: AccountTable;
  migrate: () => Promise<void>;
  log: Logger;
  signal: AbortSignal;
}

/** The accounts of this process: those in memory, and what keeps them fresh. */
export interface Accounts {
  book: AccountBook;
  state(): DatabaseState;
  done: Promise<void>;
}

/** The first account can be used at once, the others as soon as the database is there. */
export function openAccounts({ config, table, migrate, log, signal }: AccountsOptions): Accounts {
  const sealer = createTokenSealer(config.SECRET_KEY);
  const { firstAccount } = config;
  const book = new AccountBook(
    firstAccount && {
      sid: firstAccount.sid,
      email: firstAccount.email,
      status: 'active',
      tokenDigest: digestToken(firstAccount.token),
    },
  );
  const keeper = keepAccounts({
    table,
    loader: createAccountLoader({ table, book, sealer, log }),
    migrate,
    first: firstAccount && {
      sid: firstAccount.sid,
      email: firstAccount.email,
      friendlyName: firstAccount.email,
      authTokenSealed: sealer.seal(firstAccount.token, firstAccount.sid),
    },
    refreshMs: config.ACCOUNTS_REFRESH,
    log,
    signal,
  });
  return { book, state: keeper.state, done: keeper.done };
}
