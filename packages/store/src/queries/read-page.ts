import type pg from 'pg';
import type { Database } from '../database.js';
import type { PageRequest } from '../page-request.js';
import { isStorableText } from '../storable-text.js';

/** A condition with `?` for its value; only literals of this package, never input. */
export interface Condition {
  /** One character: part of the statement's name. */
  id: string;
  test: string;
  /** The condition is left out when it is undefined. */
  value: string | Date | undefined;
}

/** A list to read a page of. */
export interface PageQuery {
  /** The name of the statement. */
  name: string;
  table: string;
  columns: string;
  conditions: readonly Condition[];
  /** What comes after `order by`; `$3` is the first condition's value. */
  order: string;
}

/**
 * One page of a list that may be counted, since it is short or has an index of its own, and the total, read in one
 * statement so that they agree.
 */
export async function readPage<Row extends pg.QueryResultRow>(
  database: Database,
  query: PageQuery,
  { page, pageSize }: PageRequest,
): Promise<{ rows: Row[]; total: number }> {
  const conditions = query.conditions.filter(({ value }) => value !== undefined);
  const texts = conditions.map(({ value }) => value).filter((value) => typeof value === 'string');
  if (!texts.every(isStorableText)) return { rows: [], total: 0 };
  const offset = Math.min(page * pageSize, Number.MAX_SAFE_INTEGER);
  const { rows } = await database.run<Row & { total: string; position: string | null }>({
    name: `${query.name}-${conditions.map(({ id }) => id).join('')}`,
    text: pageSql(query, conditions),
    values: [pageSize, offset, ...conditions.map(({ value }) => value)],
  });
  return { rows: rows.filter(({ position }) => position !== null), total: Number(rows[0]?.total ?? 0) };
}

/** The count stands alone beside an empty page. */
function pageSql({ table, columns, order }: PageQuery, conditions: readonly Condition[]): string {
  const where = conditions.map(({ test }, index) => test.replaceAll('?', `$${index + 3}`)).join(' and ');
  return `
    select counted.total, page.*
    from (select count(*) as total from ${table} where ${where}) counted
    left join (
      select ${columns}, row_number() over (order by ${order}) as position
      from ${table} where ${where} order by ${order} limit $1 offset $2
    ) page on true
    order by page.position`;
}
