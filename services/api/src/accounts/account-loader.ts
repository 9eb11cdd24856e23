import type { AccountTable } from '../ports.js';
import type { AccountBook } from './account-book.js';
import type { AccountOpener } from './open-account.js';

export interface AccountLoaderOptions {
  table: Pick<AccountTable, 'listAccounts' | 'listApiKeys'>;
  book: AccountBook;
  opener: AccountOpener;
}

/** Brings the book up to what the database knows. Each method throws what the table throws, and leaves the book as it is. */
export interface AccountLoader {
  /** Everything at first, and then what has changed. */
  load(): Promise<void>;
  /** Everything again. */
  loadAll(): Promise<void>;
}

/** Removals of keys are known for longer than any instance takes to hear of them. */
const REMOVED_KEYS_KEPT_MS = 3_600_000;

export function createAccountLoader({ table, book, opener }: AccountLoaderOptions): AccountLoader {
  let accountsUntil: Date | undefined;
  let keysUntil: Date | undefined;

  const load = async (accountsSince?: Date, keysSince?: Date) => {
    const [accounts, keys] = await Promise.all([
      table.listAccounts(accountsSince),
      table.listApiKeys(keysSince),
    ]);
    book.put(accounts.flatMap((account) => opener.open(account, book.find(account.sid)) ?? []));
    book.putKeys(keys);
    accountsUntil = latest(accounts, accountsUntil);
    keysUntil = latest(keys, keysUntil);
    book.forgetRemovedKeys(new Date(Date.now() - REMOVED_KEYS_KEPT_MS).toISOString());
    book.markLoaded();
  };
  return { load: () => load(accountsUntil, keysUntil), loadAll: () => load() };
}

/** On the database's clock, which all writers share. */
function latest(rows: readonly { dateUpdated: string }[], before: Date | undefined): Date | undefined {
  return rows
    .map(({ dateUpdated }) => new Date(dateUpdated))
    .reduce<Date | undefined>((last, next) => (last && last > next ? last : next), before);
}
