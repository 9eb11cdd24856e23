import type { Connection, Transaction } from '../database.js';
import type { Level } from '../listing/read-buckets.js';
import { END_OF_TIME_MS, sidFloor } from '../listing/sid-range.js';
import { FIRST_PARTITION, LAST_PARTITION, listPartitions, type Partition } from './partition.js';
import { createSql } from './split-last.js';

/**
 * The partitions that end at or before this moment, oldest first: they follow each other without a gap. None when there is
 * only what an earlier drop left, to which nothing came since.
 */
export async function listExpired(connection: Connection, cutoffMs: number): Promise<Partition[]> {
  const partitions = await listPartitions(connection);
  const expired = partitions.filter(({ name, untilMs }) => untilMs <= cutoffMs && name !== LAST_PARTITION);
  const isNew = expired.length > 1 || (expired[0] !== undefined && expired[0].name !== FIRST_PARTITION);
  return isNew || (await isFilled(connection, expired)) ? expired : [];
}

/**
 * Empties these partitions, and takes away all that is counted of them: counters of buckets that end with them go; the
 * bucket of each level that goes on is recounted by what its emptied part held. That takes its time, in which only who
 * writes such old calls waits. Nothing is detached yet: it needs the lock of the whole table, whose writers may be waiting
 * for one of these counters.
 */
export async function emptyExpired(transaction: Transaction, expired: readonly Partition[]): Promise<void> {
  await lockOutCounting(transaction);
  await transaction.execute(`lock table ${namesOf(expired)} in share mode`);
  await empty(transaction, expired);
}

/**
 * Drops these partitions, and leaves an empty one for calls that come late. To be done soon after they were emptied, since
 * what came in between is taken away while everybody waits.
 */
export async function dropExpired(transaction: Transaction, expired: readonly Partition[]): Promise<void> {
  await lockOutCounting(transaction);
  await transaction.execute('lock table calls in access exclusive mode');
  if (await isFilled(transaction, expired)) await empty(transaction, expired);
  for (const { name } of expired) {
    await transaction.execute(`alter table calls detach partition ${name}`);
    await transaction.execute(`drop table ${name}`);
  }
  await transaction.execute(createSql({ name: FIRST_PARTITION, fromMs: 0, untilMs: endOf(expired) }));
}

/** An address that is counted meanwhile would be counted with the rows that go (count_address leaves it for later). */
async function lockOutCounting(transaction: Transaction): Promise<void> {
  await transaction.execute("select pg_advisory_xact_lock(hashtextextended('trunkline retention', 0))");
}

async function isFilled(connection: Connection, expired: readonly Partition[]): Promise<boolean> {
  if (expired.length === 0) return false;
  const tests = expired.map(({ name }) => `exists (select from ${name})`);
  const text = `select ${tests.join(' or ')} as filled`;
  const { rows } = await connection.run<{ filled: boolean }>({ name: '', text, values: [] });
  return rows[0]?.filled === true;
}

function namesOf(expired: readonly Partition[]): string {
  return expired.map(({ name }) => name).join(', ');
}

function endOf(expired: readonly Partition[]): number {
  return expired.at(-1)?.untilMs ?? 0;
}

async function empty(transaction: Transaction, expired: readonly Partition[]): Promise<void> {
  const untilMs = endOf(expired);
  for (const level of [18, 24, 32] as const) await uncount(transaction, level, untilMs);
  await transaction.execute(`delete from queued_calls where sid < '${sidFloor(untilMs)}'`);
  await transaction.execute(`truncate ${namesOf(expired)}`);
}

async function uncount(transaction: Transaction, level: Level, untilMs: number): Promise<void> {
  const width = 2 ** level;
  const torn = Math.floor(Math.min(untilMs, END_OF_TIME_MS) / width);
  const [from, until] = [sidFloor(torn * width), sidFloor(untilMs)];
  await transaction.execute(`select count_calls_between(-1, '${from}', '${until}', '{${level}}')`);
  await transaction.execute(`delete from call_counts where level = ${level} and bucket < ${torn}`);
}
