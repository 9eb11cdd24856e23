import type { Connection } from '../database.js';
import { type Condition, conditionIds, conditionSql, conditionValues } from './row-conditions.js';
import type { SidRange } from './sid-range.js';

/** How many rows the conditions let through in each of the ranges. */
export async function countRows(
  connection: Connection,
  { accountSid, conditions }: { accountSid: string; conditions: readonly Condition[] },
  ranges: readonly SidRange[],
): Promise<number[]> {
  if (ranges.length === 0) return [];
  const text = `
    select counted.amount
    from unnest($2::text[], $3::text[]) with ordinality as range (lowest, beyond, place)
    cross join lateral (
      select count(*)::float8 as amount from calls
      where account_sid = $1 and sid >= range.lowest and sid < range.beyond and date_deleted is null
        ${conditionSql(conditions, 4)}
    ) counted
    order by range.place`;
  const { rows } = await connection.run<{ amount: number }>({
    name: `count-calls-${conditionIds(conditions)}`,
    text,
    values: [
      accountSid,
      ranges.map(({ from }) => from),
      ranges.map(({ until }) => until),
      ...conditionValues(conditions),
    ],
  });
  return rows.map(({ amount }) => amount);
}
