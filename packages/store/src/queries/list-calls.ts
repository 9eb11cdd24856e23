import type { Call, CallStatus } from '@trunkline/contracts';
import { CALL_SELECT_LIST, type CallRow, toCall } from '../call-columns.js';
import type { Database } from '../database.js';
import { isStorableText } from '../storable-text.js';

/** Which calls of an account to list: all conditions that are given must hold. */
export interface CallFilter {
  /** Any of these: a number may have been typed with `+` or without. */
  to?: readonly string[];
  from?: readonly string[];
  status?: CallStatus;
  parentCallSid?: string;
  /** `from` inclusive, `until` exclusive, `atOrBefore` inclusive. A call that was never answered has no start time. */
  startTime?: { from?: Date; until?: Date; atOrBefore?: Date };
}

/** Pages count from 0. */
export interface PageRequest {
  page: number;
  pageSize: number;
}

export interface CallPage {
  /** Newest first. */
  calls: Call[];
  /** How many calls the filter lets through on all pages, at the moment the page was read. */
  total: number;
}

/** One page of an account's calls and the total, read in one statement so that they agree. */
export async function listCalls(
  database: Database,
  accountSid: string,
  filter: CallFilter,
  { page, pageSize }: PageRequest,
): Promise<CallPage> {
  const conditions = conditionsOf(accountSid, filter);
  if (!conditions.every(({ value }) => isStorable(value))) return { calls: [], total: 0 };
  const offset = Math.min(page * pageSize, Number.MAX_SAFE_INTEGER);
  const { rows } = await database.run<ListRow>({
    name: `list-calls-${conditions.map(({ id }) => id).join('')}`,
    text: listSql(conditions),
    values: [pageSize, offset, ...conditions.map(({ value }) => value)],
  });
  return { calls: rows.filter(hasCall).map(toCall), total: Number(rows[0]?.total ?? 0) };
}

interface Condition {
  /** One character, so that the statement's name tells its conditions in the 63 that Postgres leaves it. */
  id: string;
  /** Column and operator, with `?` for the value; only literals of this file, never input. */
  test: string;
  value: string | readonly string[] | Date;
}

function isStorable(value: Condition['value']): boolean {
  return value instanceof Date || [value].flat().every(isStorableText);
}

/** The count stands alone beside an empty page, with nulls for the call. */
type ListRow = { total: string } & (CallRow | { sid: null });

function hasCall(row: ListRow): row is { total: string } & CallRow {
  return row.sid !== null;
}

function conditionsOf(accountSid: string, filter: CallFilter): Condition[] {
  const tests: [string, string, Condition['value'] | undefined][] = [
    ['a', 'account_sid = ?', accountSid],
    ['t', 'to_address = any(?)', filter.to],
    ['f', 'from_address = any(?)', filter.from],
    ['s', 'status = ?', filter.status],
    ['p', 'parent_call_sid = ?', filter.parentCallSid],
    ['i', 'start_time >= ?', filter.startTime?.from],
    ['u', 'start_time < ?', filter.startTime?.until],
    ['b', 'start_time <= ?', filter.startTime?.atOrBefore],
  ];
  return tests.flatMap(([id, test, value]) => (value === undefined ? [] : [{ id, test, value }]));
}

function listSql(conditions: Condition[]): string {
  const where = conditions.map(({ test }, index) => test.replace('?', `$${index + 3}`)).join(' and ');
  return `
    select counted.total, page.*
    from (select count(*) as total from calls where ${where}) counted
    left join (
      select ${CALL_SELECT_LIST} from calls where ${where} order by sid desc limit $1 offset $2
    ) page on true
    order by page.sid desc`;
}
