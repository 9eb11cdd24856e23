import { CALL_COLUMNS } from '../call-columns.js';
import type { Transaction } from '../database.js';
import { END_OF_TIME_MS, sidFloor } from '../listing/sid-range.js';
import { LAST_PARTITION, type Partition, partitionName } from './partition.js';

/**
 * Splits the partition without an end at these moments, in their order: it keeps what is before the first, under the
 * name of its own beginning, and the last of the new ones has no end. Rows that are in the way are moved from table to
 * table, past the triggers, since they stay counted.
 * @returns the names of the new partitions
 */
export async function splitLast(
  transaction: Transaction,
  last: Partition,
  moments: readonly number[],
): Promise<string[]> {
  const kept = partitionName(last.fromMs);
  await transaction.execute(`alter table calls detach partition ${last.name}`);
  await transaction.execute(`alter table ${last.name} rename to ${kept}`);
  const created = moments.map((fromMs, index) => {
    const untilMs = moments[index + 1] ?? END_OF_TIME_MS;
    return { name: index === moments.length - 1 ? LAST_PARTITION : partitionName(fromMs), fromMs, untilMs };
  });
  for (const partition of created) await transaction.execute(createSql(partition));
  for (const partition of created) await transaction.execute(moveSql(kept, partition));
  const first = { name: kept, fromMs: last.fromMs, untilMs: moments[0] ?? last.untilMs };
  await transaction.execute(`alter table calls attach partition ${kept} ${boundsSql(first)}`);
  return [first, ...created].map(({ name }) => name).filter((name) => name !== LAST_PARTITION);
}

/** An empty partition for a gap between the others, as migration 0003 makes the first. */
export function createSql(partition: Partition): string {
  const { name } = partition;
  return `
    create table ${name} partition of calls ${boundsSql(partition)} with (fillfactor = 85);
    alter table ${name} alter column account_sid set (n_distinct = 1000)`;
}

function boundsSql({ fromMs, untilMs }: Partition): string {
  const from = fromMs === 0 ? 'minvalue' : `'${sidFloor(fromMs)}'`;
  const until = untilMs === END_OF_TIME_MS ? 'maxvalue' : `'${sidFloor(untilMs)}'`;
  return `for values from (${from}) to (${until})`;
}

/** Without the generated columns, which are generated again. */
const NAMES = CALL_COLUMNS.map(({ name }) => name).join(', ');

function moveSql(from: string, { name, fromMs, untilMs }: Partition): string {
  return `
    with moved as (
      delete from ${from} where sid >= '${sidFloor(fromMs)}' and sid < '${sidFloor(untilMs)}' returning *
    )
    insert into ${name} (${NAMES}) select ${NAMES} from moved`;
}
