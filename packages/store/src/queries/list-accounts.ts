import { ACCOUNT_SELECT_LIST, type Account, type AccountRow, toAccount } from '../account.js';
import type { Database } from '../database.js';

const SQL = `select ${ACCOUNT_SELECT_LIST} from accounts order by sid`;

/** Every account, oldest first. */
export async function listAccounts(database: Database): Promise<Account[]> {
  const { rows } = await database.run<AccountRow>({ name: 'list-accounts', text: SQL, values: [] });
  return rows.map(toAccount);
}
