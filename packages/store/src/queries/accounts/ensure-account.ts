import {
  ACCOUNT_SELECT_LIST,
  type Account,
  type AccountRow,
  type FirstAccount,
  toAccount,
} from '../../account.js';
import type { Database } from '../../database.js';
import { StoreError } from '../../errors.js';
import { SQL_NOW } from '../../sql-now.js';

/** Everything else stays what it was: a start must not wake a suspended account, nor take limits off. */
const SQL = `
  insert into accounts (sid, email, friendly_name, status, auth_token_sealed, date_created, date_updated)
  values ($1, $2, $3, 'active', $4, ${SQL_NOW}, ${SQL_NOW})
  on conflict (sid) do update set
    email = excluded.email, friendly_name = excluded.friendly_name,
    auth_token_sealed = excluded.auth_token_sealed, date_updated = excluded.date_updated
  returning ${ACCOUNT_SELECT_LIST}`;

/** Creates the account, below no other, or gives the existing one of that Sid this token, address and name. */
export async function ensureAccount(database: Database, account: FirstAccount): Promise<Account> {
  const { sid, email, friendlyName, authTokenSealed } = account;
  const values = [sid, email, friendlyName, authTokenSealed];
  const { rows } = await database.run<AccountRow>({ name: 'ensure-account', text: SQL, values });
  if (!rows[0]) throw new StoreError(`Postgres returned no row for account ${sid}`);
  return toAccount(rows[0]);
}
