import type { Rate } from '@trunkline/contracts';
import type { Database } from '../../database.js';
import type { PageRequest } from '../../page-request.js';
import { RATE_SELECT_LIST, type RateRow, toRate } from '../../rate.js';
import { readPage } from '../read-page.js';

/** All that are given must hold. */
export interface RateFilter {
  direction?: Rate['direction'];
  /** What the prefixes begin with. */
  prefix?: string;
}

export interface RatePage {
  rates: Rate[];
  total: number;
}

/** One account's rates: inbound before outbound, and by prefix, digit by digit. */
export async function listRatesOf(
  database: Database,
  accountSid: string,
  filter: RateFilter,
  page: PageRequest,
): Promise<RatePage> {
  const query = {
    name: 'list-rates-of',
    table: 'rates',
    columns: RATE_SELECT_LIST,
    conditions: [
      { id: 'a', test: 'account_sid = ?', value: accountSid },
      { id: 'd', test: 'direction = ?', value: filter.direction },
      { id: 'p', test: 'starts_with(prefix, ?)', value: filter.prefix },
    ],
    order: 'direction, prefix',
  };
  const { rows, total } = await readPage<RateRow>(database, query, page);
  return { rates: rows.map(toRate), total };
}
