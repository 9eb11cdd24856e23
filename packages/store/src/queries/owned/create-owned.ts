import type { Connection, Database } from '../../database.js';
import { LimitReachedError, StoreError } from '../../errors.js';
import { type Owned, type OwnedRow, type OwnedTable, ownedSelectList } from '../../owned-table.js';
import { SQL_NOW } from '../../sql-now.js';

/**
 * Throws ConflictError when there is one already where there can be one, LimitReachedError when the account has `max` of
 * them (0: there is no most), and StoreError when there is no such account.
 */
export async function createOwned<Thing extends Owned, Changes, Row extends object>(
  database: Database,
  table: OwnedTable<Thing, Changes, Row>,
  { thing, max }: { thing: Changes & Pick<Owned, 'sid' | 'accountSid'>; max: number },
): Promise<Thing> {
  if (max === 0) return insertOwned(database, table, thing);
  return database.transact(async (transaction) => {
    await refuseBeyond(transaction, table, { accountSid: thing.accountSid, max });
    return insertOwned(transaction, table, thing);
  });
}

/**
 * Those who make things for one account do so one after the other: each counts what the one before has made, since a
 * statement after the lock sees what was committed while it waited.
 */
async function refuseBeyond<Thing extends Owned, Changes, Row extends object>(
  transaction: Connection,
  { name, counted = 'true' }: OwnedTable<Thing, Changes, Row>,
  { accountSid, max }: { accountSid: string; max: number },
): Promise<void> {
  const lock = 'select 1 from accounts where sid = $1 for no key update';
  await transaction.run({ name: 'lock-account', text: lock, values: [accountSid] });
  const { rowCount } = await transaction.run({
    name: `reach-${name}`,
    text: `select 1 from ${name} where account_sid = $1 and ${counted} offset $2 limit 1`,
    values: [accountSid, max - 1],
  });
  if (rowCount > 0) throw new LimitReachedError(max);
}

async function insertOwned<Thing extends Owned, Changes, Row extends object>(
  connection: Connection,
  table: OwnedTable<Thing, Changes, Row>,
  thing: Changes & Pick<Owned, 'sid' | 'accountSid'>,
): Promise<Thing> {
  const { name, columns } = table;
  const given = table.columnsOf(thing);
  const { rows } = await connection.run<Row & OwnedRow>({
    name: `create-${name}`,
    text: `
      insert into ${name} (sid, account_sid, ${columns.join(', ')}, date_created, date_updated)
      values ($1, $2, ${columns.map((_, index) => `$${index + 3}`).join(', ')}, ${SQL_NOW}, ${SQL_NOW})
      returning ${ownedSelectList(table)}`,
    values: [thing.sid, thing.accountSid, ...columns.map((column) => given[column] ?? null)],
  });
  if (!rows[0]) throw new StoreError(`Postgres returned no row for ${thing.sid}`);
  return table.toThing(rows[0]);
}
