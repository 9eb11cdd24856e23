import type { Rate } from '@trunkline/contracts';
import type { Database } from '../../database.js';
import { StoreError } from '../../errors.js';
import { type NewRate, RATE_CHANGE_COLUMNS, RATE_SELECT_LIST, type RateRow, toRate } from '../../rate.js';
import { SQL_NOW } from '../../sql-now.js';

const SQL = `
  insert into rates (sid, account_sid, ${Object.values(RATE_CHANGE_COLUMNS).join(', ')}, date_created, date_updated)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, ${SQL_NOW}, ${SQL_NOW}) returning ${RATE_SELECT_LIST}`;

/** Throws ConflictError when the account has a rate for that direction and prefix, StoreError when there is no such account. */
export async function createRate(database: Database, rate: NewRate): Promise<Rate> {
  const names = Object.keys(RATE_CHANGE_COLUMNS) as (keyof typeof RATE_CHANGE_COLUMNS)[];
  const values = [rate.sid, rate.accountSid, ...names.map((name) => rate[name])];
  const { rows } = await database.run<RateRow>({ name: 'create-rate', text: SQL, values });
  if (!rows[0]) throw new StoreError(`Postgres returned no row for rate ${rate.sid}`);
  return toRate(rows[0]);
}
