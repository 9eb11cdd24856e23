import { LISTED_SELECT_LIST, type ListedCallRow } from '../call-columns.js';
import type { Connection } from '../database.js';
import { COUNTED_COLUMNS, type CountedFilter, ROOT_LEVEL } from './counted-filter.js';
import { type Condition, conditionIds, conditionSql, conditionValues } from './row-conditions.js';

/** What a page is, once it has been read. */
export interface ReadPage {
  rows: ListedCallRow[];
  total: number;
  start: number;
}

export interface FirstPagesRequest {
  accountSid: string;
  filter: CountedFilter;
  /** At most one: `to` or `from`. */
  conditions: readonly Condition[];
  descending: boolean;
  start: number;
  pageSize: number;
}

/** So many rows are read, or passed over, straight off an index: it takes no longer than to ask the counters where they are. */
export const FIRST_ROWS = 500;

const ALL = COUNTED_COLUMNS.slice(0, -1).join(' + ');

/** The first pages of all calls of an account, or of all to or from one address: one statement, so that all agrees. */
export async function listFirstPages(connection: Connection, request: FirstPagesRequest): Promise<ReadPage> {
  const { accountSid, filter, conditions, descending, start, pageSize } = request;
  const order = descending ? 'desc' : 'asc';
  // The total stands alone beside an empty page, with nulls for the call.
  const text = `
    select counted.total, page.*
    from (
      select case
        when $2 = '' or exists (select from call_addresses where account_sid = $1 and scope = $2 and counted) then (
          select coalesce(sum(${ALL}), 0) from call_counts
          where account_sid = $1 and scope = $2 and level = $3::integer)
        else (
          select count(*) from calls where account_sid = $1 and date_deleted is null${conditionSql(conditions, 6)})
        end::float8 as total
    ) counted
    left join (
      select ${LISTED_SELECT_LIST} from calls
      where account_sid = $1 and date_deleted is null${conditionSql(conditions, 6)}
      order by sid ${order} offset $4 limit $5
    ) page on true
    order by page.sid ${order}`;
  const { rows } = await connection.run<{ total: number } & (ListedCallRow | { sid: null })>({
    name: `list-first-calls-${order}-${conditionIds(conditions)}`,
    text,
    values: [accountSid, filter.scope, ROOT_LEVEL, start, pageSize, ...conditionValues(conditions)],
  });
  const calls = rows.filter((row): row is { total: number } & ListedCallRow => row.sid !== null);
  return { rows: calls, total: rows[0]?.total ?? 0, start };
}
