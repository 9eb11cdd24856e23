import type { Rate } from '@trunkline/contracts';
import type { Database } from '../../database.js';
import { RATE_SELECT_LIST, type RateRow, toRate } from '../../rate.js';

const SQL = `select ${RATE_SELECT_LIST} from rates order by account_sid, direction, prefix`;

/** The rates of all accounts. */
export async function listRates(database: Database): Promise<Rate[]> {
  const { rows } = await database.run<RateRow>({ name: 'list-rates', text: SQL, values: [] });
  return rows.map(toRate);
}
