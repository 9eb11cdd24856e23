import {
  API_KEY_SELECT_LIST,
  type ApiKey,
  type ApiKeyChanges,
  type ApiKeyRow,
  toApiKey,
} from '../../api-key.js';
import { assignChanges } from '../../assign-changes.js';
import type { Database } from '../../database.js';

/** Changes what is given; null when the account has no such key. */
export async function updateApiKey(
  database: Database,
  accountSid: string,
  sid: string,
  changes: ApiKeyChanges,
): Promise<ApiKey | null> {
  const { id, text, values } = assignChanges({ friendlyName: 'friendly_name' }, changes, 3);
  const { rows } = await database.run<ApiKeyRow>({
    name: `update-api-key-${id}`,
    text: `update api_keys set ${text} where sid = $1 and account_sid = $2 and date_deleted is null
      returning ${API_KEY_SELECT_LIST}`,
    values: [sid, accountSid, ...values],
  });
  return rows[0] ? toApiKey(rows[0]) : null;
}
