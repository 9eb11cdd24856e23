import { isStorableInJson, isStorableText } from '../storable-text.js';
import { addressKey } from './address-key.js';
import type { CallFilter } from './list-request.js';
import { timeWindow } from './time-window.js';

/** One condition on rows of `calls`. */
export interface Condition {
  /** One character, so that the statement's name tells its conditions in the 63 that Postgres leaves it. */
  id: string;
  /** Column and operator, with `?` for the value; only literals of this file, never input. */
  test: string;
  value: string | number | Date | readonly string[] | readonly number[];
}

/**
 * What the filter asks of a row, but for its Sid: dateCreated is a range of those. Indexed are `to`, `from`,
 * `parentCallSid` and, by other means (callsWithMetadata), `metadata`. For the others every call that the indexed ones, the
 * times and the Sids leave is looked at: about 1 ms a thousand.
 */
export function rowConditions(filter: CallFilter): Condition[] {
  const start = timeWindow(filter.startTime);
  const end = timeWindow(filter.endTime);
  const { durationSeconds: duration, price } = filter;
  const tests: [string, string, Condition['value'] | null | undefined][] = [
    ['t', 'to_key = ?', filter.to === undefined ? null : addressKey(filter.to)],
    ['f', 'from_key = ?', filter.from === undefined ? null : addressKey(filter.from)],
    ['p', 'parent_call_sid = ?', filter.parentCallSid],
    ['n', 'phone_number_sid = ?', filter.phoneNumberSid],
    ['s', 'status = any(?::text[])', filter.status],
    ['d', 'direction = any(?::text[])', filter.direction],
    ['a', 'answered_by = any(?::text[])', filter.answeredBy],
    ['i', 'start_time >= ?', start?.from],
    ['j', 'start_time < ?', start?.until],
    ['k', 'end_time >= ?', end?.from],
    ['l', 'end_time < ?', end?.until],
    ['u', 'duration_seconds >= ?::bigint', duration?.min],
    ['v', 'duration_seconds <= ?::bigint', duration?.max],
    ['x', 'price >= ?::numeric', price?.min],
    ['y', 'price <= ?::numeric', price?.max],
    ['c', 'sip_code = any(?::integer[])', filter.sipCode],
    [METADATA, 'metadata @> ?::jsonb', metadataOf(filter)],
  ];
  return tests.flatMap(([id, test, value]) => (value == null ? [] : [{ id, test, value }]));
}

const METADATA = 'm';

export function asksForMetadata(conditions: readonly Condition[]): boolean {
  return conditions.some(({ id }) => id === METADATA);
}

/**
 * In place of the table `calls`: those of account $1 that have the metadata asked for, where the values of `conditions`
 * begin at parameter number `first`. Nothing else gets inside (`offset 0`): the planner, who has not seen the values, would
 * rather go through all calls of the account.
 */
export function callsWithMetadata(conditions: readonly Condition[], first: number): string {
  const place = first + conditions.findIndex(({ id }) => id === METADATA);
  return `(
    select * from calls
    where metadata <> '{}' and metadata_keys(account_sid, metadata) @> metadata_keys($1, $${place}::jsonb)
    offset 0
  ) calls`;
}

/** Whether Postgres can be asked for it at all; if not, no row has it. */
export function isAskable({ metadata = {} }: CallFilter, conditions: readonly Condition[]): boolean {
  const texts = conditions.flatMap(({ value }) => value).filter((one) => typeof one === 'string');
  return texts.every(isStorableText) && Object.entries(metadata).flat().every(isStorableInJson);
}

/** The values are those of `conditions`, from parameter number `first` on. */
export function conditionSql(conditions: readonly Condition[], first: number): string {
  return conditions.map(({ test }, index) => ` and ${test.replace('?', `$${first + index}`)}`).join('');
}

/** For the name of a statement that contains the conditions. */
export function conditionIds(conditions: readonly Condition[]): string {
  return conditions.map(({ id }) => id).join('');
}

export function conditionValues(conditions: readonly Condition[]): Condition['value'][] {
  return conditions.map(({ value }) => value);
}

function metadataOf({ metadata }: CallFilter): string | null {
  if (metadata === undefined || Object.keys(metadata).length === 0) return null;
  return JSON.stringify(metadata);
}
