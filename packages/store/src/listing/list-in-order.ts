import { LISTED_SELECT_LIST, type ListedCallRow } from '../call-columns.js';
import type { Connection } from '../database.js';
import type { ReadPage } from './list-first-pages.js';
import type { ListOrder, SortKey } from './list-request.js';
import type { PageCursor, SortValue } from './page-cursor.js';
import {
  type Condition,
  callsWithMetadata,
  conditionIds,
  conditionSql,
  conditionValues,
} from './row-conditions.js';
import type { SidRange } from './sid-range.js';

export interface OrderedRequest {
  accountSid: string;
  conditions: readonly Condition[];
  /** Whether to look at the calls that have the metadata asked for, rather than at the account's. */
  byMetadata: boolean;
  /** No call of the list is outside. */
  hull: SidRange;
  order: ListOrder;
  at: { page: number } | { after: PageCursor } | { before: PageCursor };
  pageSize: number;
  /** The length of the list, where it is known. */
  total: number | null;
}

/**
 * One page of a list for which there are no counters, or in an order that is not that of the Sids. What the best index
 * leaves is counted and looked at: 1 ms a thousand rows, more where they have to be sorted. To be read in one snapshot.
 */
export async function listInOrder(connection: Connection, request: OrderedRequest): Promise<ReadPage> {
  const { at, pageSize } = request;
  const total = request.total ?? (await count(connection, request));
  if ('page' in at) {
    const start = at.page * pageSize;
    if (start >= total) return { rows: [], total, start };
    // From the nearer end: to pass over rows costs as much as to read them.
    const backwards = start > total / 2;
    const limit = Math.min(pageSize, total - start);
    const offset = backwards ? total - start - limit : start;
    return {
      rows: await readPage(connection, request, { backwards, offset, limit, bound: null }),
      total,
      start,
    };
  }
  const backwards = 'before' in at;
  const bound = backwards ? at.before : at.after;
  const rows = await readPage(connection, request, { backwards, offset: 0, limit: pageSize, bound });
  const beyond = await count(connection, request, { bound, backwards });
  return { rows, total, start: backwards ? beyond - rows.length : total - beyond };
}

interface SortColumn {
  name: string;
  type: string;
}

const COLUMNS: Readonly<Record<Exclude<SortKey, 'DateCreated'>, SortColumn>> = {
  StartTime: { name: 'start_time', type: 'timestamptz' },
  EndTime: { name: 'end_time', type: 'timestamptz' },
  From: { name: 'from_key', type: 'text' },
  To: { name: 'to_key', type: 'text' },
  Direction: { name: 'direction', type: 'text' },
  Status: { name: 'status', type: 'text' },
  Duration: { name: 'duration_seconds', type: 'integer' },
  Price: { name: 'price', type: 'numeric' },
};

interface Part {
  /** From the end of the list to its beginning. */
  backwards: boolean;
  offset: number;
  limit: number;
  /** Only what stands beyond it. */
  bound: PageCursor | null;
}

async function readPage(
  connection: Connection,
  request: OrderedRequest,
  part: Part,
): Promise<ListedCallRow[]> {
  const { backwards, offset, limit, bound } = part;
  const { order, conditions } = request;
  const source = sourceSql(request, bound && { bound, backwards });
  const next = source.values.length + 1;
  // The Sids first: to sort, or pass over, whole rows would cost more.
  const text = `
    select ${LISTED_SELECT_LIST}
    from (
      select sid ${source.text} order by ${orderSql(order, backwards)}
      offset $${next}::bigint limit $${next + 1}::bigint
    ) page
    join calls using (sid)
    order by ${orderSql(order, false)}`;
  const { rows } = await connection.run<ListedCallRow>({
    name: statementName('page', request, [bound !== null, backwards], conditions),
    text,
    values: [...source.values, offset, limit],
  });
  return rows;
}

/** How many there are; with a bound, how many beyond it. */
async function count(
  connection: Connection,
  request: OrderedRequest,
  beyond: Beyond | null = null,
): Promise<number> {
  const { text, values } = sourceSql(request, beyond);
  const { rows } = await connection.run<{ amount: number }>({
    name: statementName('count', request, [beyond !== null, beyond?.backwards ?? false], request.conditions),
    text: `select count(*)::float8 as amount ${text}`,
    values,
  });
  return rows[0]?.amount ?? 0;
}

interface Beyond {
  bound: PageCursor;
  /** What stands before it, rather than after. */
  backwards: boolean;
}

function sourceSql(request: OrderedRequest, beyond: Beyond | null): { text: string; values: unknown[] } {
  const { accountSid, hull, conditions, order } = request;
  const values: unknown[] = [accountSid, hull.from, hull.until, ...conditionValues(conditions)];
  let bound = '';
  if (beyond !== null) {
    bound = ` and ${beyondSql(order, beyond, values.length + 1)}`;
    values.push(beyond.bound.sid);
    if (order.by !== 'DateCreated' && beyond.bound.value !== null) values.push(beyond.bound.value);
  }
  const table = request.byMetadata ? callsWithMetadata(conditions, 4) : 'calls';
  const text = `from ${table} where account_sid = $1 and sid >= $2 and sid < $3 and date_deleted is null${conditionSql(conditions, 4)}${bound}`;
  return { text, values };
}

/** What stands after the bound, or before it; absent values are last, equal ones newest first. */
function beyondSql({ by, descending }: ListOrder, { bound, backwards }: Beyond, first: number): string {
  if (by === 'DateCreated') return `sid ${descending !== backwards ? '<' : '>'} $${first}`;
  const { name, type } = COLUMNS[by];
  const sid = `sid ${backwards ? '>' : '<'} $${first}`;
  if (bound.value === null)
    return backwards ? `(${name} is not null or ${sid})` : `(${name} is null and ${sid})`;
  const value = `$${first + 1}::${type}`;
  const beyond = `${name} ${descending !== backwards ? '<' : '>'} ${value}`;
  return `(${beyond} or (${name} = ${value} and ${sid})${backwards ? '' : ` or ${name} is null`})`;
}

function orderSql({ by, descending }: ListOrder, backwards: boolean): string {
  const direction = descending !== backwards ? 'desc' : 'asc';
  if (by === 'DateCreated') return `sid ${direction}`;
  return `${COLUMNS[by].name} ${direction} nulls ${backwards ? 'first' : 'last'}, sid ${backwards ? 'asc' : 'desc'}`;
}

function statementName(
  what: string,
  { order, at, byMetadata }: OrderedRequest,
  flags: readonly boolean[],
  conditions: readonly Condition[],
): string {
  const bound: SortValue = 'after' in at ? at.after.value : 'before' in at ? at.before.value : 0;
  const shape = [order.descending, bound === null, byMetadata, ...flags].map(Number).join('');
  return `${what}-calls-${order.by}-${shape}-${conditionIds(conditions)}`;
}
