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

/**
 * Everything else stays what it was: a start must not wake a suspended account, nor take limits off. And nothing at all
 * is changed by a token that was given before, since it may have been rotated meanwhile.
 */
const SQL = `
  with ensured as (
    insert into accounts
      (sid, email, friendly_name, status, auth_token_sealed, environment_mark, date_created, date_updated)
    values ($1, $2, $3, 'active', $4, $5, ${SQL_NOW}, ${SQL_NOW})
    on conflict (sid) do update set
      email = excluded.email, friendly_name = excluded.friendly_name,
      auth_token_sealed = excluded.auth_token_sealed, environment_mark = excluded.environment_mark,
      date_updated = excluded.date_updated
      where excluded.environment_mark is null or accounts.environment_mark is distinct from excluded.environment_mark
    returning ${ACCOUNT_SELECT_LIST})
  select * from ensured
  union all
  select ${ACCOUNT_SELECT_LIST} from accounts where sid = $1 and not exists (select from ensured)`;

/**
 * Creates the account, below no other, or gives the existing one of that Sid this token, address and name, unless the
 * mark says that it was given that token before.
 */
export async function ensureAccount(database: Database, account: FirstAccount): Promise<Account> {
  const { sid, email, friendlyName, authTokenSealed, environmentMark = null } = account;
  const values = [sid, email, friendlyName, authTokenSealed, environmentMark];
  // A second time when another start made it in the moment between.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const { rows } = await database.run<AccountRow>({ name: 'ensure-account', text: SQL, values });
    if (rows[0]) return toAccount(rows[0]);
  }
  throw new StoreError(`Postgres returned no row for account ${sid}`);
}
