import type { Connection } from '../../database.js';
import {
  type Owned,
  type OwnedPlace,
  type OwnedRow,
  type OwnedTable,
  ownedSelectList,
} from '../../owned-table.js';
import { SQL_NOW } from '../../sql-now.js';

/** Changes what is given; null when the account has no such thing. Throws ConflictError as createOwned does. */
export async function updateOwned<Thing extends Owned, Changes, Row extends object>(
  connection: Connection,
  table: OwnedTable<Thing, Changes, Row>,
  { sid, accountSid, changes }: OwnedPlace & { changes: Changes },
): Promise<Thing | null> {
  const { name, columns } = table;
  const values = table.columnsOf(changes);
  const given = columns.filter((column) => values[column] !== undefined);
  const assignments = given.map((column, index) => `${column} = $${index + 3}`);
  const { rows } = await connection.run<Row & OwnedRow>({
    name: `update-${name}-${idOf(given.map((column) => columns.indexOf(column)))}`,
    text: `
      update ${name} set ${[...assignments, `date_updated = ${SQL_NOW}`].join(', ')}
      where sid = $1 and account_sid = $2 returning ${ownedSelectList(table)}`,
    values: [sid, accountSid, ...given.map((column) => values[column])],
  });
  return rows[0] ? table.toThing(rows[0]) : null;
}

/** A bit a column: the names of statements have 63 characters. */
function idOf(places: readonly number[]): string {
  return places.reduce((bits, place) => bits + 2n ** BigInt(place), 0n).toString(36);
}
