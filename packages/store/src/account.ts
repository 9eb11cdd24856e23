import type { AccountStatus } from '@trunkline/contracts';

/** An account as it is stored. Times are ISO 8601 in UTC with milliseconds. */
export interface Account {
  sid: string;
  /** The account above it; it never changes. */
  parentSid: string | null;
  email: string;
  friendlyName: string;
  /** `closed` is for ever. */
  status: AccountStatus;
  /** ISO 4217. */
  currency: string;
  /** The token that authenticates the account and signs its callbacks, sealed by its writer. */
  authTokenSealed: Buffer;
  /** Another token that authenticates it, while the two are exchanged. */
  secondaryTokenSealed: Buffer | null;
  /** Until when the second token counts; null: until it is removed. */
  secondaryExpires: string | null;
  /** Null: no limit of its own. */
  requestsPerSecond: number | null;
  concurrentCalls: number | null;
  dateCreated: string;
  dateUpdated: string;
}

/** What the first account is made from. */
export type FirstAccount = Pick<Account, 'sid' | 'email' | 'friendlyName' | 'authTokenSealed'> & {
  /** Says whether this token was given before: a keyed digest of it. Without it, it always counts as another one. */
  environmentMark?: Buffer;
};

/** What an account is made from. */
export type NewAccount = Omit<FirstAccount, 'environmentMark'> &
  Partial<Pick<Account, 'parentSid' | 'currency' | 'requestsPerSecond' | 'concurrentCalls'>>;

/** What can be different later; what is left out stays. */
export type AccountChanges = Partial<Omit<Account, 'sid' | 'parentSid' | 'dateCreated' | 'dateUpdated'>>;

/** How many accounts can be above an account. */
export const MAX_ACCOUNT_DEPTH = 5;

/** A row of `accounts`, as the driver hands it out. */
export interface AccountRow {
  sid: string;
  parent_sid: string | null;
  email: string;
  friendly_name: string;
  status: AccountStatus;
  currency: string;
  auth_token_sealed: Buffer;
  secondary_token_sealed: Buffer | null;
  secondary_expires: string | null;
  requests_per_second: number | null;
  concurrent_calls: number | null;
  date_created: string;
  date_updated: string;
}

/** The column of each thing that can change. */
export const ACCOUNT_CHANGE_COLUMNS: Readonly<Record<keyof AccountChanges, string>> = {
  email: 'email',
  friendlyName: 'friendly_name',
  status: 'status',
  currency: 'currency',
  authTokenSealed: 'auth_token_sealed',
  secondaryTokenSealed: 'secondary_token_sealed',
  secondaryExpires: 'secondary_expires',
  requestsPerSecond: 'requests_per_second',
  concurrentCalls: 'concurrent_calls',
};

/** The list after `select` or `returning` for rows that toAccount reads. */
export const ACCOUNT_SELECT_LIST = [
  'sid',
  'parent_sid',
  ...Object.values(ACCOUNT_CHANGE_COLUMNS),
  'date_created',
  'date_updated',
].join(', ');

export function toAccount(row: AccountRow): Account {
  return {
    sid: row.sid,
    parentSid: row.parent_sid,
    email: row.email,
    friendlyName: row.friendly_name,
    status: row.status,
    currency: row.currency,
    authTokenSealed: row.auth_token_sealed,
    secondaryTokenSealed: row.secondary_token_sealed,
    secondaryExpires: row.secondary_expires,
    requestsPerSecond: row.requests_per_second,
    concurrentCalls: row.concurrent_calls,
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
  };
}
