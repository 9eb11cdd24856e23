/** A further pair of credentials of an account. Times are ISO 8601 in UTC with milliseconds. */
export interface ApiKey {
  /** `SK` and 32 hex digits: the login. */
  sid: string;
  accountSid: string;
  friendlyName: string;
  /** `read` changes nothing. */
  scope: 'all' | 'read';
  /** SHA-256 of the secret. */
  secretDigest: Buffer;
  dateCreated: string;
  dateUpdated: string;
  /** When it was removed: it authenticates nobody any more. */
  dateDeleted: string | null;
}

/** What a key is made from. */
export type NewApiKey = Omit<ApiKey, 'dateCreated' | 'dateUpdated' | 'dateDeleted'>;

/** What can be different later; what is left out stays. */
export type ApiKeyChanges = Partial<Pick<ApiKey, 'friendlyName'>>;

/** A row of `api_keys`, as the driver hands it out. */
export interface ApiKeyRow {
  sid: string;
  account_sid: string;
  friendly_name: string;
  scope: ApiKey['scope'];
  secret_digest: Buffer;
  date_created: string;
  date_updated: string;
  date_deleted: string | null;
}

/** The list after `select` or `returning` for rows that toApiKey reads. */
export const API_KEY_SELECT_LIST =
  'sid, account_sid, friendly_name, scope, secret_digest, date_created, date_updated, date_deleted';

export function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    sid: row.sid,
    accountSid: row.account_sid,
    friendlyName: row.friendly_name,
    scope: row.scope,
    secretDigest: row.secret_digest,
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
    dateDeleted: row.date_deleted,
  };
}
