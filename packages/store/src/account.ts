/** An account as it is stored. */
export interface Account {
  sid: string;
  email: string;
  friendlyName: string;
  status: 'active' | 'suspended' | 'closed';
  /** The token that authenticates the account and signs its callbacks, sealed by its writer. */
  authTokenSealed: Buffer;
  /** ISO 8601 in UTC with milliseconds. */
  dateCreated: string;
}

/** What an account is made from. */
export type NewAccount = Pick<Account, 'sid' | 'email' | 'friendlyName' | 'authTokenSealed'>;

/** A row of `accounts`, as the driver hands it out. */
export interface AccountRow {
  sid: string;
  email: string;
  friendly_name: string;
  status: Account['status'];
  auth_token_sealed: Buffer;
  date_created: Date;
}

/** The list after `select` or `returning` for rows that toAccount reads. */
export const ACCOUNT_SELECT_LIST = 'sid, email, friendly_name, status, auth_token_sealed, date_created';

export function toAccount(row: AccountRow): Account {
  return {
    sid: row.sid,
    email: row.email,
    friendlyName: row.friendly_name,
    status: row.status,
    authTokenSealed: row.auth_token_sealed,
    dateCreated: row.date_created.toISOString(),
  };
}
