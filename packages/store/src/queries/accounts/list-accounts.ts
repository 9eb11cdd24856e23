import { ACCOUNT_SELECT_LIST, type Account, type AccountRow, toAccount } from '../../account.js';
import type { Database } from '../../database.js';
import { SQL_CHANGES_OVERLAP } from '../../sql-now.js';

const ALL = `select ${ACCOUNT_SELECT_LIST} from accounts order by sid`;
const CHANGED = `
  select ${ACCOUNT_SELECT_LIST} from accounts where date_updated >= $1::timestamptz - ${SQL_CHANGES_OVERLAP} order by sid`;

/**
 * Every account, oldest first; or those that have changed since then, for a copy that is kept up to date: give the latest
 * dateUpdated that was given. Some that changed shortly before come along.
 */
export async function listAccounts(database: Database, changedSince?: Date): Promise<Account[]> {
  const { rows } = await database.run<AccountRow>(
    changedSince === undefined
      ? { name: 'list-accounts', text: ALL, values: [] }
      : { name: 'list-changed-accounts', text: CHANGED, values: [changedSince] },
  );
  return rows.map(toAccount);
}
