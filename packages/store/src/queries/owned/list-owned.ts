import type { Database } from '../../database.js';
import { type Owned, type OwnedRow, type OwnedTable, ownedSelectList } from '../../owned-table.js';

/** Those of all accounts, for whoever keeps a copy. */
export async function listOwned<Thing extends Owned, Changes, Row extends object>(
  database: Database,
  table: OwnedTable<Thing, Changes, Row>,
): Promise<Thing[]> {
  const text = `select ${ownedSelectList(table)} from ${table.name} order by sid`;
  const { rows } = await database.run<Row & OwnedRow>({ name: `list-${table.name}`, text, values: [] });
  return rows.map((row) => table.toThing(row));
}
