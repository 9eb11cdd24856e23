import { isSid } from '@trunkline/contracts';
import type { ListedCall } from '../call-columns.js';
import { BadCursorError } from '../errors.js';
import { isStorableText } from '../storable-text.js';
import { addressKey } from './address-key.js';
import type { ListOrder, SortKey } from './list-request.js';

/** A call's place in an order: what it is sorted by, and its Sid. */
export interface PageCursor {
  sid: string;
  value: SortValue;
}
export type SortValue = string | number | null;

/** What a call is sorted by, as it is compared in Postgres. */
const SORT_VALUES: Readonly<Record<SortKey, (call: ListedCall) => SortValue>> = {
  DateCreated: () => null,
  StartTime: (call) => call.startTime,
  EndTime: (call) => call.endTime,
  From: (call) => addressKey(call.from),
  To: (call) => addressKey(call.to),
  Direction: (call) => call.direction,
  Status: (call) => call.status,
  Duration: (call) => call.durationSeconds,
  Price: (call) => call.price,
};

/** An opaque text for a call's place in this order. */
export function writeCursor({ by, descending }: ListOrder, call: ListedCall): string {
  const place = [by, descending, call.sid, SORT_VALUES[by](call)];
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws BadCursorError when the text was not made by writeCursor for the same order. */
export function readCursor({ by, descending }: ListOrder, text: string): PageCursor {
  const place = parse(text);
  if (!Array.isArray(place) || place.length !== 4) throw new BadCursorError('not a cursor');
  const [cursorBy, cursorDescending, sid, value] = place as unknown[];
  if (cursorBy !== by || cursorDescending !== descending)
    throw new BadCursorError('a cursor of another order');
  if (typeof sid !== 'string' || !isSid('CA', sid) || !isSortValue(by, value))
    throw new BadCursorError('not a cursor');
  return { sid: `CA${sid.slice(2).toLowerCase()}`, value };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return null;
  }
}

/** Whatever comes back from outside must be something Postgres can compare with. */
function isSortValue(by: SortKey, value: unknown): value is SortValue {
  if (value === null) return true;
  if (by === 'Duration') return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
  if (typeof value !== 'string') return false;
  if (by === 'StartTime' || by === 'EndTime') return isTime(value);
  if (by === 'Price') return DECIMAL.test(value);
  return by !== 'DateCreated' && isStorableText(value);
}

/** Postgres knows neither the year 0 nor the 30th of February, which Date.parse takes for another day. */
function isTime(text: string): boolean {
  if (!ISO_TIME.test(text) || text.startsWith('0000')) return false;
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === text;
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DECIMAL = /^-?\d{1,100}(\.\d{1,100})?$/;
