import { API_KEY_SELECT_LIST, type ApiKey, type ApiKeyRow, type NewApiKey, toApiKey } from '../../api-key.js';
import type { Database } from '../../database.js';
import { StoreError } from '../../errors.js';
import { SQL_NOW } from '../../sql-now.js';

const SQL = `
  insert into api_keys (sid, account_sid, friendly_name, scope, secret_digest, date_created, date_updated)
  values ($1, $2, $3, $4, $5, ${SQL_NOW}, ${SQL_NOW}) returning ${API_KEY_SELECT_LIST}`;

/** Throws ConflictError when there is one of that Sid, StoreError when there is no such account. */
export async function createApiKey(database: Database, key: NewApiKey): Promise<ApiKey> {
  const values = [key.sid, key.accountSid, key.friendlyName, key.scope, key.secretDigest];
  const { rows } = await database.run<ApiKeyRow>({ name: 'create-api-key', text: SQL, values });
  if (!rows[0]) throw new StoreError(`Postgres returned no row for key ${key.sid}`);
  return toApiKey(rows[0]);
}
