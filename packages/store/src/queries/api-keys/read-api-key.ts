import { API_KEY_SELECT_LIST, type ApiKey, type ApiKeyRow, toApiKey } from '../../api-key.js';
import type { Database } from '../../database.js';
import { isStorableText } from '../../storable-text.js';

const SQL = `select ${API_KEY_SELECT_LIST} from api_keys where sid = $1 and date_deleted is null`;

/** One key, whosever it is; null when there is none, or none any more. */
export async function readApiKey(database: Database, sid: string): Promise<ApiKey | null> {
  if (!isStorableText(sid)) return null;
  const { rows } = await database.run<ApiKeyRow>({ name: 'read-api-key', text: SQL, values: [sid] });
  return rows[0] ? toApiKey(rows[0]) : null;
}
