import type { Call } from '@trunkline/contracts';
import { addressKey, type CallFilter, type TimeRange } from '@trunkline/store';

/** Whether a list with this filter has the call in it. */
export function passesFilter(call: Call, filter: CallFilter): boolean {
  const { durationSeconds: duration, price } = filter;
  return (
    isSame(call.to, filter.to) &&
    isSame(call.from, filter.from) &&
    isAmong(call.status, filter.status) &&
    isAmong(call.direction, filter.direction) &&
    isAmong(call.answeredBy, filter.answeredBy) &&
    isAmong(call.sipCode, filter.sipCode) &&
    (filter.parentCallSid === undefined || call.parentCallSid === filter.parentCallSid) &&
    (filter.phoneNumberSid === undefined || call.phoneNumberSid === filter.phoneNumberSid) &&
    isWithin(call.startTime, filter.startTime) &&
    isWithin(call.endTime, filter.endTime) &&
    isWithin(call.dateCreated, filter.dateCreated) &&
    isBetween(call.durationSeconds, duration?.min, duration?.max) &&
    isBetween(call.price, price?.min, price?.max) &&
    Object.entries(filter.metadata ?? {}).every(([key, value]) => call.metadata[key] === value)
  );
}

function isSame(address: string, wanted: string | undefined): boolean {
  return wanted === undefined || addressKey(address) === addressKey(wanted);
}

function isAmong<T>(value: T | null, wanted: readonly T[] | undefined): boolean {
  return wanted === undefined || (value !== null && wanted.includes(value));
}

function isWithin(time: string | null, range: TimeRange | undefined): boolean {
  if (range === undefined) return true;
  if (time === null) return false;
  const ms = Date.parse(time);
  return (
    (range.from === undefined || ms >= range.from.getTime()) &&
    (range.until === undefined || ms < range.until.getTime()) &&
    (range.atOrBefore === undefined || ms <= range.atOrBefore.getTime())
  );
}

type Bound = number | string | undefined;

function isBetween(value: number | string | null, min: Bound, max: Bound): boolean {
  if (min === undefined && max === undefined) return true;
  if (value === null) return false;
  return Number(value) >= Number(min ?? -Infinity) && Number(value) <= Number(max ?? Infinity);
}
