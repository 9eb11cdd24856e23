import { LISTED_SELECT_LIST, type ListedCallRow } from '../call-columns.js';
import type { Connection } from '../database.js';
import type { CountedList, PagePart } from './count-tree.js';
import { conditionIds, conditionSql, conditionValues } from './row-conditions.js';

/** Reads the rows of one page from the ranges of Sids in which they are. */
export async function readRows(
  connection: Connection,
  { accountSid, conditions, descending }: Pick<CountedList, 'accountSid' | 'conditions' | 'descending'>,
  { ranges, skip, count }: PagePart,
): Promise<ListedCallRow[]> {
  if (ranges.length === 0 || count === 0) return [];
  const order = descending ? 'desc' : 'asc';
  const text = `
    select page.*
    from unnest($2::text[], $3::text[]) as range (lowest, beyond)
    cross join lateral (
      select ${LISTED_SELECT_LIST} from calls
      where account_sid = $1 and sid >= range.lowest and sid < range.beyond and date_deleted is null
        ${conditionSql(conditions, 6)}
      order by sid ${order} limit $4::bigint + $5::bigint
    ) page
    order by page.sid ${order} offset $4::bigint limit $5::bigint`;
  const { rows } = await connection.run<ListedCallRow>({
    name: `read-calls-${order}-${conditionIds(conditions)}`,
    text,
    values: [
      accountSid,
      ranges.map(({ from }) => from),
      ranges.map(({ until }) => until),
      skip,
      count,
      ...conditionValues(conditions),
    ],
  });
  return rows;
}
