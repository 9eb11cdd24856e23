import type { TimeRange } from '@trunkline/store';
import { z } from 'zod';
import type { Door } from '../represent/door.js';

/** What one parameter with a time asks for; what that means is the door's to say. */
export interface TimeBound extends Moment {
  /** At the end of the parameter's name. */
  nameSign: '' | '<' | '>';
  /** In front of the value. */
  valueSign: string;
}

/**
 * One parameter with a time: a date, or a date and time. The sign may also be in front of the value.
 * @param nameSign what is at the end of the parameter's name: in `StartTime<=2026-11-24` the `=` is the query string's own
 */
export function timeBound(nameSign: TimeBound['nameSign']) {
  return z
    .string()
    .meta({ pattern: PATTERN, examples: ['2026-11-24', '2026-11-24T10:30:00Z'] })
    .transform((given, context): TimeBound => {
      const [, valueSign = '', text = ''] = /^([<>]=?)?(.*)$/s.exec(given) ?? [];
      const moment = nameSign === '' || valueSign === '' ? readMoment(text.trim()) : null;
      if (moment) return { nameSign, valueSign, ...moment };
      context.addIssue({ code: 'custom', input: given, message: COMPLAINT });
      return z.NEVER;
    });
}

/**
 * A date stands for midnight at its beginning in UTC: `<=` is at or before it, `>=` at or after it, and without either
 * the whole day. A date and time stands for itself, and alone for its second. A bare `<` or `>` in front of the value
 * leaves the moment itself out. A door that looks for days takes a time alone for its day, and `StartTime<` for before it.
 */
export function rangeOf(bound: TimeBound, { looksForDays }: Pick<Door, 'looksForDays'>): TimeRange {
  const { nameSign, valueSign, time } = bound;
  if (nameSign === '' && valueSign === '' && looksForDays) {
    return toRange('', { time: Math.floor(time / DAY_MS) * DAY_MS, lengthMs: DAY_MS });
  }
  if (nameSign === '<' && looksForDays) return toRange('<', bound);
  return toRange(nameSign === '' ? valueSign : `${nameSign}=`, bound);
}

/** For the document; the reader looks closer. */
const PATTERN =
  '^([<>]=?)?\\d{4}-\\d{2}-\\d{2}([Tt]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?([Zz]|[+ -]\\d{2}:\\d{2}))?$';
const COMPLAINT = 'must be a date, or a date and time, such as 2026-11-24 or 2026-11-24T10:30:00Z';

/** What all of the ranges have in common; undefined when there is none. */
export function narrowTimes(ranges: readonly (TimeRange | undefined)[]): TimeRange | undefined {
  const given = ranges.filter((range) => range !== undefined);
  if (given.length === 0) return undefined;
  return given.reduce((one, other) => {
    const from = extreme(one.from, other.from, 1);
    const until = extreme(one.until, other.until, -1);
    const atOrBefore = extreme(one.atOrBefore, other.atOrBefore, -1);
    return { ...(from && { from }), ...(until && { until }), ...(atOrBefore && { atOrBefore }) };
  });
}

interface Moment {
  time: number;
  /** How long it lasts when it stands for itself: a day, a minute, a second, or a millisecond. */
  lengthMs: number;
}

const DAY_MS = 86_400_000;

function toRange(sign: string, { time, lengthMs }: Moment): TimeRange {
  if (sign === '<=') return { atOrBefore: new Date(time) };
  if (sign === '<') return { until: new Date(time) };
  if (sign === '>=') return { from: new Date(time) };
  if (sign === '>') return { from: new Date(time + 1) };
  return { from: new Date(time), until: new Date(time + lengthMs) };
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** ISO 8601 with a zone; a `+` in it that was not percent-encoded arrives as a blank. */
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+ -]\d{2}:\d{2})$/i;

function readMoment(text: string): Moment | null {
  if (DATE.test(text)) return isRealDate(text) ? { time: Date.parse(text), lengthMs: DAY_MS } : null;
  const [, date = '', seconds, fraction] = DATE_TIME.exec(text) ?? [];
  const time = Date.parse(text.replace(' ', '+').toUpperCase());
  if (!isRealDate(date) || Number.isNaN(time)) return null;
  return { time, lengthMs: fraction ? 1 : seconds ? 1000 : 60_000 };
}

/** The parser would take 2026-02-30 for the second of March. */
function isRealDate(date: string): boolean {
  const time = Date.parse(date);
  return !Number.isNaN(time) && date > '0001' && new Date(time).toISOString().startsWith(date);
}

function extreme(one: Date | undefined, other: Date | undefined, direction: 1 | -1): Date | undefined {
  if (!one || !other) return one ?? other;
  return (one.getTime() - other.getTime()) * direction >= 0 ? one : other;
}
