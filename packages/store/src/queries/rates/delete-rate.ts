import type { Rate } from '@trunkline/contracts';
import type { Database } from '../../database.js';
import { RATE_SELECT_LIST, type RateRow, toRate } from '../../rate.js';

const SQL = `delete from rates where sid = $1 and account_sid = $2 returning ${RATE_SELECT_LIST}`;

/** The rate as it was; null when the account has no such rate. */
export async function deleteRate(database: Database, accountSid: string, sid: string): Promise<Rate | null> {
  const values = [sid, accountSid];
  const { rows } = await database.run<RateRow>({ name: 'delete-rate', text: SQL, values });
  return rows[0] ? toRate(rows[0]) : null;
}
