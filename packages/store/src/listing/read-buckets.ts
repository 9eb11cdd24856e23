import type { Connection } from '../database.js';
import { COUNTED_COLUMNS, type CountedFilter } from './counted-filter.js';

/** See migration 0004. */
export type Level = 32 | 24 | 18;

/** Buckets of one level, both inclusive. */
export interface BucketRange {
  from: number;
  until: number;
}

/** A bucket that may hold calls which the filter lets through, as its counters tell it. */
export interface BucketRow {
  bucket: number;
  /** How many it lets through, where `whole` is true. */
  amount: number;
  /** How many calls there are in all. */
  size: number;
  /** Whether the filter's times let through all calls of the bucket or, for want of a time, none; else it takes a closer look. */
  whole: boolean;
}

const SUM = COUNTED_COLUMNS.map((column, index) => `${column} * ($6::bigint[])[${index + 1}]`).join(' + ');
const SIZE = COUNTED_COLUMNS.slice(0, -1).join(' + ');

/** `outside` may say no of a bucket that is, since bounds are never narrowed; then it is looked into. */
const SQL = `
  select bucket::float8, amount::float8, size::float8, whole
  from (
    select bucket, amount, size, odd, min_start, max_start, min_end, max_end,
      bucket << $3::integer >= $8::bigint and (bucket + 1) << $3::integer <= $9::bigint
        and ($10::timestamptz is null or (odd = 0 and min_start >= $10 and max_start < $11::timestamptz))
        and ($12::timestamptz is null or (odd = 0 and min_end >= $12 and max_end < $13::timestamptz)) as whole
    from unnest($4::bigint[], $5::bigint[]) as range (lowest, highest)
    cross join lateral (
      select bucket, sum(${SUM}) as amount, sum(${SIZE}) as size, sum(odd) as odd,
        min(min_start) as min_start, max(max_start) as max_start, min(min_end) as min_end, max(max_end) as max_end
      from call_counts
      where account_sid = $1 and scope = $2 and level = $3::integer
        and bucket >= range.lowest and bucket <= range.highest
        and ($7::text[] is null or direction = any($7))
      group by bucket
    ) summed
  ) judged
  where size > 0
    and (amount > 0 or (odd > 0 and ($10 is not null or $12 is not null)))
    and ($10 is null or (max_start >= $10 and min_start < $11))
    and ($12 is null or (max_end >= $12 and min_end < $13))`;

/** Reads the buckets of these ranges, in no order, without those that certainly hold nothing. */
export async function readBuckets(
  connection: Connection,
  source: { accountSid: string; filter: CountedFilter; level: Level },
  ranges: readonly BucketRange[],
): Promise<BucketRow[]> {
  const { accountSid, filter, level } = source;
  const { scope, weights, directions, start, end, created } = filter;
  const values = [
    accountSid,
    scope,
    level,
    ranges.map(({ from }) => from),
    ranges.map(({ until }) => until),
    weights,
    directions,
    created.fromMs,
    created.untilMs,
    start && (start.from ?? '-infinity'),
    start && (start.until ?? 'infinity'),
    end && (end.from ?? '-infinity'),
    end && (end.until ?? 'infinity'),
  ];
  const { rows } = await connection.run<BucketRow>({ name: 'read-call-counts', text: SQL, values });
  return rows;
}
