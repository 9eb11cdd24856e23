import type { Database } from '../../database.js';
import { type Owned, type OwnedRow, type OwnedTable, ownedSelectList } from '../../owned-table.js';
import { isStorableText } from '../../storable-text.js';
import type { OwnedPlace } from './update-owned.js';

/** One thing of one account, or null. */
export async function readOwned<Thing extends Owned, Changes, Row extends object>(
  database: Database,
  table: OwnedTable<Thing, Changes, Row>,
  { sid, accountSid }: OwnedPlace,
): Promise<Thing | null> {
  if (!isStorableText(accountSid) || !isStorableText(sid)) return null;
  const { rows } = await database.run<Row & OwnedRow>({
    name: `read-${table.name}`,
    text: `select ${ownedSelectList(table)} from ${table.name} where sid = $1 and account_sid = $2`,
    values: [sid, accountSid],
  });
  return rows[0] ? table.toThing(rows[0]) : null;
}
