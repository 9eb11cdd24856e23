import { API_KEY_SELECT_LIST, type ApiKey, type ApiKeyRow, toApiKey } from '../../api-key.js';
import type { Database } from '../../database.js';
import { SQL_NOW } from '../../sql-now.js';

const SQL = `
  update api_keys set date_deleted = ${SQL_NOW}, date_updated = ${SQL_NOW}
  where sid = $1 and account_sid = $2 and date_deleted is null returning ${API_KEY_SELECT_LIST}`;

/** The key as it stands now, marked as removed; null when the account has no such key, or none any more. */
export async function deleteApiKey(
  database: Database,
  accountSid: string,
  sid: string,
): Promise<ApiKey | null> {
  const values = [sid, accountSid];
  const { rows } = await database.run<ApiKeyRow>({ name: 'delete-api-key', text: SQL, values });
  return rows[0] ? toApiKey(rows[0]) : null;
}
