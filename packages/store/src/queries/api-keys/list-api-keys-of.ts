import { API_KEY_SELECT_LIST, type ApiKey, type ApiKeyRow, toApiKey } from '../../api-key.js';
import type { Database } from '../../database.js';
import type { PageRequest } from '../../page-request.js';
import { readPage } from '../read-page.js';

export interface ApiKeyPage {
  keys: ApiKey[];
  total: number;
}

/** One account's keys, oldest first, without the removed ones. */
export async function listApiKeysOf(
  database: Database,
  accountSid: string,
  page: PageRequest,
): Promise<ApiKeyPage> {
  const query = {
    name: 'list-api-keys-of',
    table: 'api_keys',
    columns: API_KEY_SELECT_LIST,
    conditions: [{ id: 'a', test: 'account_sid = ? and date_deleted is null', value: accountSid }],
    order: 'sid',
  };
  const { rows, total } = await readPage<ApiKeyRow>(database, query, page);
  return { keys: rows.map(toApiKey), total };
}
