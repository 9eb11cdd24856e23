import type { Database } from '../../database.js';
import type { Owned, OwnedPlace, OwnedTable } from '../../owned-table.js';
import { readOwned } from './read-owned.js';
import { updateOwned } from './update-owned.js';

/**
 * Changes what `decide` says after it has seen the thing, which nobody else changes meanwhile: for rules that hold between
 * its values. Null when the account has no such thing; what `decide` throws changes nothing.
 */
export async function changeOwned<Thing extends Owned, Changes, Row extends object>(
  database: Database,
  table: OwnedTable<Thing, Changes, Row>,
  { decide, ...place }: OwnedPlace & { decide: (before: Thing) => Changes },
): Promise<Thing | null> {
  return database.transact(async (transaction) => {
    const before = await readOwned(transaction, table, { ...place, lock: true });
    return before && updateOwned(transaction, table, { ...place, changes: decide(before) });
  });
}
