import type { Connection, Database, Transaction } from '../database.js';
import { dropExpired, emptyExpired, listExpired } from '../partitions/drop-expired.js';
import { listPartitions, type Partition } from '../partitions/partition.js';
import { nextPeriod, type PartitionPeriod, PERIODS_AHEAD, periodStart } from '../partitions/period.js';
import { splitLast } from '../partitions/split-last.js';

export interface PartitionOptions {
  /** Of new partitions: those that are there stay what they are. */
  period: PartitionPeriod;
  /** How long a call is kept at least, by its Sid; null is for ever. */
  retentionDays: number | null;
  now: Date;
}

export interface PreparedPartitions {
  created: string[];
  dropped: string[];
}

/**
 * Counting the rows that go takes its time; nobody waits for that but who writes such old ones. For rows that are moved
 * everybody waits: there are some only at the first time, or when no recorder was there for longer than PERIODS_AHEAD.
 */
const STATEMENT_TIMEOUT_MS = 10 * 60_000;
/** Everybody who reads or writes calls waits behind who waits for the table: not for longer than this. */
const LOCK_TIMEOUT_MS = 2_000;
const DAY_MS = 86_400_000;

/**
 * Makes the partitions for now and some periods ahead, and drops those that are older than is kept. When another process
 * is at it, nothing is done. Throws StoreUnavailableError also when the table was too busy: again later.
 */
export async function preparePartitions(
  database: Database,
  options: PartitionOptions,
): Promise<PreparedPartitions> {
  const created = await alone(database, async (transaction) => {
    const last = (await listPartitions(transaction)).at(-1);
    const moments = last ? missing(last, options) : [];
    return last && moments.length > 0 ? splitLast(transaction, last, moments) : [];
  });
  const { retentionDays, now } = options;
  if (retentionDays === null) return { created, dropped: [] };
  const cutoffMs = now.getTime() - retentionDays * DAY_MS;
  return { created, dropped: await dropBefore(database, cutoffMs) };
}

/** The moments at which the partition without an end must be split. */
function missing(last: Partition, { period, now }: PartitionOptions): number[] {
  let beyond = periodStart(period, now);
  for (let ahead = 0; ahead <= PERIODS_AHEAD[period]; ahead += 1) beyond = nextPeriod(period, beyond);
  const moments: number[] = [];
  const first = last.fromMs === 0 ? periodStart(period, now) : nextPeriod(period, new Date(last.fromMs));
  for (let moment = first; moment <= beyond; moment = nextPeriod(period, moment))
    moments.push(moment.getTime());
  return moments;
}

/** In two transactions: the first takes long, the second the lock that everybody waits for. */
async function dropBefore(database: Database, cutoffMs: number): Promise<string[]> {
  const inTurn = (step: typeof emptyExpired) =>
    alone(database, async (transaction) => {
      const expired = await listExpired(transaction, cutoffMs);
      if (expired.length > 0) await step(transaction, expired);
      return expired.map(({ name }) => name);
    });
  const emptied = await inTurn(emptyExpired);
  await inTurn(dropExpired);
  return emptied;
}

async function alone(
  database: Database,
  work: (transaction: Transaction) => Promise<string[]>,
): Promise<string[]> {
  return database.transact(async (transaction) => {
    if (!(await lock(transaction))) return [];
    await transaction.execute(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    return work(transaction);
  }, STATEMENT_TIMEOUT_MS);
}

async function lock(connection: Connection): Promise<boolean> {
  const text = "select pg_try_advisory_xact_lock(hashtextextended('trunkline partitions', 0)) as locked";
  const { rows } = await connection.run<{ locked: boolean }>({ name: 'lock-partitions', text, values: [] });
  return rows[0]?.locked === true;
}
