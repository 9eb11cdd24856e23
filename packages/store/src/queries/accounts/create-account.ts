import {
  ACCOUNT_SELECT_LIST,
  type Account,
  type AccountRow,
  MAX_ACCOUNT_DEPTH,
  type NewAccount,
  toAccount,
} from '../../account.js';
import type { Database } from '../../database.js';
import { ConflictError } from '../../errors.js';
import { SQL_NOW } from '../../sql-now.js';

const SQL = `
  insert into accounts (sid, parent_sid, depth, email, friendly_name, status, currency, auth_token_sealed,
    requests_per_second, concurrent_calls, date_created, date_updated)
  select $1, $2, coalesce(parent.depth + 1, 0), $3, $4, 'active', coalesce($5, parent.currency, 'USD'), $6,
    $7, $8, ${SQL_NOW}, ${SQL_NOW}
  from (select 1) one left join accounts parent on parent.sid = $2
  where $2::text is null or (parent.status <> 'closed' and parent.depth < ${MAX_ACCOUNT_DEPTH})
  returning ${ACCOUNT_SELECT_LIST}`;

/**
 * Creates an active account. Without a currency it has the one of the account above it. Throws ConflictError when there is
 * one of that Sid, or when the account above it is not there, is closed, or has as many above it as there can be.
 */
export async function createAccount(database: Database, account: NewAccount): Promise<Account> {
  const { rows } = await database.run<AccountRow>({
    name: 'create-account',
    text: SQL,
    values: [
      account.sid,
      account.parentSid ?? null,
      account.email,
      account.friendlyName,
      account.currency ?? null,
      account.authTokenSealed,
      account.requestsPerSecond ?? null,
      account.concurrentCalls ?? null,
    ],
  });
  if (rows[0]) return toAccount(rows[0]);
  throw new ConflictError(
    `there can be no account below ${account.parentSid}: no such account, closed, or too deep`,
  );
}
