import type { TimeRange } from './list-request.js';

/** From `from`, before `until`; null is no bound. */
export interface TimeWindow {
  from: Date | null;
  until: Date | null;
}

/** The range with one upper bound; null when it bounds nothing. Times are whole milliseconds. */
export function timeWindow(range: TimeRange | undefined): TimeWindow | null {
  const ends = [range?.until?.getTime(), range?.atOrBefore && range.atOrBefore.getTime() + 1];
  const until = Math.min(...ends.filter((end) => end !== undefined));
  const window = { from: range?.from ?? null, until: until === Infinity ? null : new Date(until) };
  return window.from === null && window.until === null ? null : window;
}
