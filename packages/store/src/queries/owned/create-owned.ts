import type { Connection, Database } from '../../database.js';
import { StoreError } from '../../errors.js';
import { type Owned, type OwnedRow, type OwnedTable, ownedSelectList } from '../../owned-table.js';
import { SQL_NOW } from '../../sql-now.js';
import { refuseBeyond } from './refuse-beyond.js';

/**
 * Throws ConflictError when there is one already where there can be one, LimitReachedError when the account's branch
 * (refuse-beyond.ts) has `max` of them (0: there is no most), and StoreError when there is no such account.
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
