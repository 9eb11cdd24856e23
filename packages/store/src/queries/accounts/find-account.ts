import { ACCOUNT_SELECT_LIST, type Account, type AccountRow, toAccount } from '../../account.js';
import type { Database } from '../../database.js';
import { isStorableText } from '../../storable-text.js';

const SQL = `
  select ${ACCOUNT_SELECT_LIST} from accounts where sid = $1 or lower(email) = lower($2)
  order by sid = $1 desc, sid limit 1`;

/**
 * The account that logs in with this Sid or email, in any case (as the database's locale has it), whatever its status.
 * Several may share an email: then it is the oldest one.
 */
export async function findAccount(database: Database, login: string): Promise<Account | null> {
  if (login === '' || !isStorableText(login)) return null;
  const values = [login.slice(0, 2).toUpperCase() + login.slice(2).toLowerCase(), login];
  const { rows } = await database.run<AccountRow>({ name: 'find-account', text: SQL, values });
  return rows[0] ? toAccount(rows[0]) : null;
}
