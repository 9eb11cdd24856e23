import { CALL_STATUSES, type CallStatus, isFinalStatus } from '@trunkline/contracts';
import { addressKey } from './address-key.js';
import type { CallFilter } from './list-request.js';
import { END_OF_TIME_MS } from './sid-range.js';
import { type TimeWindow, timeWindow } from './time-window.js';

/** What of a filter the counters know (migration 0004). */
export interface CountedFilter {
  /** Which calls the counters count: those of the account, or those to or from one address. */
  scope: string;
  /** The level of the finest counters. */
  leafLevel: 24 | 18;
  /** How often each column of COUNTED_COLUMNS goes into the sum: 0 or 1. */
  weights: number[];
  directions: readonly string[] | null;
  start: TimeWindow | null;
  end: TimeWindow | null;
  /** Moments of Sids, ms since the epoch, the second exclusive. */
  created: { fromMs: number; untilMs: number };
}

/** The level of the coarsest counters. */
export const ROOT_LEVEL = 32;

/** The columns of call_counts that hold numbers of calls, but for `odd`. */
export const COUNTED_COLUMNS = [
  ...CALL_STATUSES.map((status) => status.replace('-', '_')),
  'answered_failed',
] as const;

/** The counted part of the filter. It is all of the filter where isCounted says so. */
export function countedFilter(filter: CallFilter): CountedFilter {
  const scope = scopeOf(filter);
  const start = timeWindow(filter.startTime);
  const end = timeWindow(filter.endTime);
  return {
    scope,
    leafLevel: scope === '' ? 18 : 24,
    weights: weightsOf(filter.status ?? CALL_STATUSES, { start: start !== null, end: end !== null }),
    directions: filter.direction ?? null,
    start,
    end,
    created: createdOf(filter),
  };
}

/** Whether the counters know all that the filter asks. */
export function isCounted(filter: CallFilter): boolean {
  const { to, from, answeredBy, parentCallSid, phoneNumberSid, durationSeconds, price, sipCode, metadata } =
    filter;
  const other = [
    answeredBy,
    parentCallSid,
    phoneNumberSid,
    durationSeconds?.min,
    durationSeconds?.max,
    price?.min,
    price?.max,
  ];
  if ([...other, sipCode].some((value) => value !== undefined)) return false;
  return (to === undefined || from === undefined) && Object.keys(metadata ?? {}).length === 0;
}

function scopeOf({ to, from }: CallFilter): string {
  if (from !== undefined) return `f:${addressKey(from)}`;
  return to === undefined ? '' : `t:${addressKey(to)}`;
}

/** Which calls have the times that are asked for: a call that is not `odd` has them by its status. */
function weightsOf(statuses: readonly CallStatus[], timed: { start: boolean; end: boolean }): number[] {
  const counts = (status: CallStatus) => {
    if (!statuses.includes(status)) return false;
    if (timed.end && !isFinalStatus(status)) return false;
    return !timed.start || status === 'in-progress' || status === 'completed';
  };
  const answeredFailed = timed.start && statuses.includes('failed');
  return [...CALL_STATUSES.map(counts), answeredFailed].map(Number);
}

function createdOf({ dateCreated }: CallFilter): CountedFilter['created'] {
  const window = timeWindow(dateCreated);
  return {
    fromMs: clamp(window?.from?.getTime() ?? 0),
    untilMs: clamp(window?.until?.getTime() ?? END_OF_TIME_MS),
  };
}

function clamp(ms: number): number {
  return Math.min(Math.max(0, ms), END_OF_TIME_MS);
}
