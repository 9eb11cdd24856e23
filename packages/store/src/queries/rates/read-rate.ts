import type { Rate } from '@trunkline/contracts';
import type { Database } from '../../database.js';
import { RATE_SELECT_LIST, type RateRow, toRate } from '../../rate.js';
import { isStorableText } from '../../storable-text.js';

const SQL = `select ${RATE_SELECT_LIST} from rates where sid = $1 and account_sid = $2`;

/** One rate of one account, or null. */
export async function readRate(database: Database, accountSid: string, sid: string): Promise<Rate | null> {
  if (!isStorableText(accountSid) || !isStorableText(sid)) return null;
  const values = [sid, accountSid];
  const { rows } = await database.run<RateRow>({ name: 'read-rate', text: SQL, values });
  return rows[0] ? toRate(rows[0]) : null;
}
