import { SealError, type Sealer } from '@trunkline/directory';
import type { Account } from '@trunkline/store';
import type { AccountTable } from '../ports.js';
import type { AccountBook, KnownAccount } from './account-book.js';
import type { DirectoryWriter } from './directory-writer.js';
import type { AccountOpener } from './open-account.js';

/** What the operations on accounts, keys and rates work with. */
export interface AccountPorts {
  table: AccountTable;
  book: AccountBook;
  opener: AccountOpener;
  sealer: Sealer;
  directory: Pick<DirectoryWriter, 'putAccount' | 'put' | 'remove'>;
  now: () => Date;
}

/** Takes over an account as it was just written: into the book, and to the rest of the cluster. */
export async function takeOver(ports: AccountPorts, account: Account): Promise<KnownAccount> {
  const { book, opener, directory } = ports;
  const known = opener.open(account, book.find(account.sid));
  if (!known) throw new SealError(`account ${account.sid} cannot be opened right after it was written`);
  book.put([known]);
  await directory.putAccount(account.sid);
  return known;
}
