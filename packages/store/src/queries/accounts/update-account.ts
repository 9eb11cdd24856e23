import {
  ACCOUNT_CHANGE_COLUMNS,
  ACCOUNT_SELECT_LIST,
  type Account,
  type AccountChanges,
  type AccountRow,
  toAccount,
} from '../../account.js';
import { assignChanges } from '../../assign-changes.js';
import type { Database } from '../../database.js';
import { ConflictError } from '../../errors.js';
import { readAccount } from './read-account.js';

/**
 * Changes what is given; null when there is no such account. Throws ConflictError when it would open a closed account
 * again: the row's own status decides, so that no two requests at once can.
 */
export async function updateAccount(
  database: Database,
  sid: string,
  changes: AccountChanges,
): Promise<Account | null> {
  const { id, text, values } = assignChanges(ACCOUNT_CHANGE_COLUMNS, changes, 3);
  const { rows } = await database.run<AccountRow>({
    name: `update-account-${id}`,
    text: `update accounts set ${text}
      where sid = $1 and (status <> 'closed' or $2::text is null or $2 = 'closed')
      returning ${ACCOUNT_SELECT_LIST}`,
    values: [sid, changes.status ?? null, ...values],
  });
  if (rows[0]) return toAccount(rows[0]);
  if ((await readAccount(database, sid)) === null) return null;
  throw new ConflictError(`account ${sid} is closed, which is for ever`);
}
