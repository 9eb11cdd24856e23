import type { Transaction } from '../database.js';
import type { Level } from '../listing/read-buckets.js';
import { END_OF_TIME_MS, sidFloor } from '../listing/sid-range.js';
import { FIRST_PARTITION, LAST_PARTITION, type Partition } from './partition.js';
import { createSql } from './split-last.js';

/**
 * Drops the partitions that end at or before this moment, with all that is counted of them, and leaves an empty one for
 * calls that come late. Counters of buckets that end with them go; the bucket of each level that goes on is recounted by
 * what its dropped part held. The tables' own locks keep their rows as they are meanwhile, and the lock that everybody
 * waits for is taken last.
 * @returns the names of the dropped ones
 */
export async function dropExpired(
  transaction: Transaction,
  partitions: readonly Partition[],
  cutoffMs: number,
): Promise<string[]> {
  const expired = partitions.filter(({ name, untilMs }) => untilMs <= cutoffMs && name !== LAST_PARTITION);
  const untilMs = expired.at(-1)?.untilMs;
  if (untilMs === undefined || (await isOnlyEmptyFirst(transaction, expired))) return [];
  const names = expired.map(({ name }) => name);
  await transaction.execute(`lock table ${names.join(', ')} in share mode`);
  for (const level of [18, 24, 32] as const) await uncount(transaction, level, untilMs);
  await transaction.execute(`delete from queued_calls where sid < '${sidFloor(untilMs)}'`);
  for (const name of names) {
    await transaction.execute(`alter table calls detach partition ${name}`);
    await transaction.execute(`drop table ${name}`);
  }
  await transaction.execute(createSql({ name: FIRST_PARTITION, fromMs: 0, untilMs }));
  return names;
}

/** What an earlier drop left: nothing came since. */
async function isOnlyEmptyFirst(transaction: Transaction, expired: readonly Partition[]): Promise<boolean> {
  if (expired.length > 1 || expired[0]?.name !== FIRST_PARTITION) return false;
  const text = `select exists (select from ${FIRST_PARTITION}) as filled`;
  const { rows } = await transaction.run<{ filled: boolean }>({ name: '', text, values: [] });
  return rows[0]?.filled === false;
}

async function uncount(transaction: Transaction, level: Level, untilMs: number): Promise<void> {
  const width = 2 ** level;
  const torn = Math.floor(Math.min(untilMs, END_OF_TIME_MS) / width);
  const [from, until] = [sidFloor(torn * width), sidFloor(untilMs)];
  await transaction.execute(`select count_calls_between(-1, '${from}', '${until}', '{${level}}')`);
  await transaction.execute(`delete from call_counts where level = ${level} and bucket < ${torn}`);
}
