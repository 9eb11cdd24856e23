import type { ListedCall } from '../call-columns.js';
import { addressKey } from '../listing/address-key.js';
import type { CallFilter, ListOrder, SortKey, TimeRange } from '../listing/list-request.js';
import { sidMs } from '../listing/sid-range.js';

/** What a list is, in the plainest words: the filtered calls of the account, sorted. */
export function modelList<Listed extends ListedCall>(
  calls: readonly Listed[],
  filter: CallFilter,
  order: ListOrder,
): Listed[] {
  return calls
    .filter((call) => call.dateDeleted === null && matches(call, filter))
    .sort((a, b) => compare(a, b, order));
}

/** Whether the filter lets a call through. */
export function matches(call: ListedCall, filter: CallFilter): boolean {
  const { status, direction, answeredBy, sipCode, durationSeconds: duration, price } = filter;
  const seconds = call.durationSeconds;
  return [
    filter.to === undefined || addressKey(filter.to) === addressKey(call.to),
    filter.from === undefined || addressKey(filter.from) === addressKey(call.from),
    status?.includes(call.status) ?? true,
    direction?.includes(call.direction) ?? true,
    answeredBy === undefined || (call.answeredBy !== null && answeredBy.includes(call.answeredBy)),
    filter.parentCallSid === undefined || filter.parentCallSid === call.parentCallSid,
    isWithin(call.startTime, filter.startTime),
    isWithin(call.endTime, filter.endTime),
    isWithin(new Date(sidMs(call.sid)).toISOString(), filter.dateCreated),
    duration?.min === undefined || (seconds !== null && seconds >= duration.min),
    duration?.max === undefined || (seconds !== null && seconds <= duration.max),
    price?.min === undefined || (call.price !== null && Number(call.price) >= Number(price.min)),
    price?.max === undefined || (call.price !== null && Number(call.price) <= Number(price.max)),
    sipCode === undefined || (call.sipCode !== null && sipCode.includes(call.sipCode)),
    Object.entries(filter.metadata ?? {}).every(([name, value]) => call.metadata[name] === value),
  ].every(Boolean);
}

function isWithin(time: string | null, { from, until, atOrBefore }: TimeRange = {}): boolean {
  if (from === undefined && until === undefined && atOrBefore === undefined) return true;
  if (time === null) return false;
  const at = Date.parse(time);
  return (
    (from === undefined || at >= from.getTime()) &&
    (until === undefined || at < until.getTime()) &&
    (atOrBefore === undefined || at <= atOrBefore.getTime())
  );
}

const VALUES: Record<SortKey, (call: ListedCall) => string | number | null> = {
  DateCreated: ({ sid }) => sid,
  StartTime: ({ startTime }) => startTime,
  EndTime: ({ endTime }) => endTime,
  From: ({ from }) => addressKey(from),
  To: ({ to }) => addressKey(to),
  Direction: ({ direction }) => direction,
  Status: ({ status }) => status,
  Duration: ({ durationSeconds }) => durationSeconds,
  Price: ({ price }) => (price === null ? null : Number(price)),
};

function compare(a: ListedCall, b: ListedCall, { by, descending }: ListOrder): number {
  const [one, other] = [VALUES[by](a), VALUES[by](b)];
  if (one === other) return a.sid < b.sid ? 1 : -1;
  if (one === null) return 1;
  if (other === null) return -1;
  return one < other !== descending ? -1 : 1;
}
