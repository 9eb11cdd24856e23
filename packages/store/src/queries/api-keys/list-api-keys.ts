import { API_KEY_SELECT_LIST, type ApiKey, type ApiKeyRow, toApiKey } from '../../api-key.js';
import type { Database } from '../../database.js';
import { SQL_CHANGES_OVERLAP } from '../../sql-now.js';

const ALL = `select ${API_KEY_SELECT_LIST} from api_keys where date_deleted is null order by sid`;
const CHANGED = `
  select ${API_KEY_SELECT_LIST} from api_keys where date_updated >= $1::timestamptz - ${SQL_CHANGES_OVERLAP} order by sid`;

/**
 * The keys of all accounts; or those that have changed since then, removed ones among them, for a copy that is kept up
 * to date: give the latest dateUpdated that was given. Some that changed shortly before come along.
 */
export async function listApiKeys(database: Database, changedSince?: Date): Promise<ApiKey[]> {
  const { rows } = await database.run<ApiKeyRow>(
    changedSince === undefined
      ? { name: 'list-api-keys', text: ALL, values: [] }
      : { name: 'list-changed-api-keys', text: CHANGED, values: [changedSince] },
  );
  return rows.map(toApiKey);
}
