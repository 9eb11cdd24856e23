import type { Database } from '../../database.js';
import {
  type Owned,
  type OwnedPlace,
  type OwnedRow,
  type OwnedTable,
  ownedSelectList,
} from '../../owned-table.js';

/** The thing as it was; null when the account has no such thing. */
export async function deleteOwned<Thing extends Owned, Changes, Row extends object>(
  database: Database,
  table: OwnedTable<Thing, Changes, Row>,
  { sid, accountSid }: OwnedPlace,
): Promise<Thing | null> {
  const { rows } = await database.run<Row & OwnedRow>({
    name: `delete-${table.name}`,
    text: `delete from ${table.name} where sid = $1 and account_sid = $2 returning ${ownedSelectList(table)}`,
    values: [sid, accountSid],
  });
  return rows[0] ? table.toThing(rows[0]) : null;
}
