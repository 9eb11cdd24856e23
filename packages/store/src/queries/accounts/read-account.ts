import { ACCOUNT_SELECT_LIST, type Account, type AccountRow, toAccount } from '../../account.js';
import type { Database } from '../../database.js';
import { isStorableText } from '../../storable-text.js';

const SQL = `select ${ACCOUNT_SELECT_LIST} from accounts where sid = $1`;

export async function readAccount(database: Database, sid: string): Promise<Account | null> {
  if (!isStorableText(sid)) return null;
  const { rows } = await database.run<AccountRow>({ name: 'read-account', text: SQL, values: [sid] });
  return rows[0] ? toAccount(rows[0]) : null;
}
