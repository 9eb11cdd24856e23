import type { Database } from '../../database.js';
import { type Owned, type OwnedRow, type OwnedTable, ownedSelectList } from '../../owned-table.js';
import type { PageRequest } from '../../page-request.js';
import { type Condition, readPage } from '../read-page.js';

/** One page of what an account has, and how many all pages have. */
export interface OwnedPage<Thing> {
  items: Thing[];
  total: number;
}

/** Whose things, which of them, in which order: of the literals of this package. */
export interface OwnedList {
  accountSid: string;
  conditions: readonly Condition[];
  order: string;
}

/** One page of one account's things. */
export async function listOwnedOf<Thing extends Owned, Changes, Row extends object>(
  database: Database,
  table: OwnedTable<Thing, Changes, Row>,
  { accountSid, conditions, order, page }: OwnedList & { page: PageRequest },
): Promise<OwnedPage<Thing>> {
  const query = {
    name: `list-${table.name}-of`,
    table: table.name,
    columns: ownedSelectList(table),
    conditions: [{ id: 'a', test: 'account_sid = ?', value: accountSid }, ...conditions],
    order,
  };
  const { rows, total } = await readPage<Row & OwnedRow>(database, query, page);
  return { items: rows.map((row) => table.toThing(row)), total };
}
