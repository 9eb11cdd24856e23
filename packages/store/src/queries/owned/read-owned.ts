import type { Connection } from '../../database.js';
import {
  type Owned,
  type OwnedPlace,
  type OwnedRow,
  type OwnedTable,
  ownedSelectList,
} from '../../owned-table.js';
import { isStorableText } from '../../storable-text.js';

/** One thing of one account, or null. With `lock` nobody else changes it until the end of the transaction. */
export async function readOwned<Thing extends Owned, Changes, Row extends object>(
  connection: Connection,
  table: OwnedTable<Thing, Changes, Row>,
  { sid, accountSid, lock = false }: OwnedPlace & { lock?: boolean },
): Promise<Thing | null> {
  if (!isStorableText(accountSid) || !isStorableText(sid)) return null;
  const { rows } = await connection.run<Row & OwnedRow>({
    name: `${lock ? 'lock' : 'read'}-${table.name}`,
    text: `
      select ${ownedSelectList(table)} from ${table.name}
      where sid = $1 and account_sid = $2 ${lock ? 'for update' : ''}`,
    values: [sid, accountSid],
  });
  return rows[0] ? table.toThing(rows[0]) : null;
}
