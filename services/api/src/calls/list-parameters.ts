import { CALL_STATUSES, isSid } from '@trunkline/contracts';
import type { CallFilter, PageRequest } from '@trunkline/store';
import { BadParameterError } from '../errors.js';
import { Parameters } from '../parameters.js';
import { narrow, readStartTime, START_TIME_NAMES } from './start-time-filter.js';

/** Which calls a list is asked for, and which page of them. */
export interface ListRequest {
  filter: CallFilter;
  page: PageRequest;
  /** The filters as they are to be repeated in page URIs. */
  kept: [string, string][];
}

export const MAX_PAGE_SIZE = 1000;
const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE = 999_999_999;

const FILTER_NAMES = ['To', 'From', 'Status', ...START_TIME_NAMES, 'ParentCallSid'];
const KNOWN = { names: [...FILTER_NAMES, 'Page', 'PageSize'] };

/** Reads the query of a list. @throws BadParameterError */
export function readListRequest(query: URLSearchParams): ListRequest {
  const parameters = new Parameters([...query].map(separateStartTime), KNOWN);
  const startTime = readStartTimes(parameters);
  const conditions = {
    to: eitherForm(parameters.address('To')),
    from: eitherForm(parameters.address('From')),
    status: readStatus(parameters),
    parentCallSid: readParent(parameters),
  };
  const given = Object.entries(conditions).filter(([, value]) => value !== null);
  return {
    filter: { ...(Object.fromEntries(given) as CallFilter), ...(startTime && { startTime }) },
    page: {
      page: parameters.integer('Page', { min: 0, max: MAX_PAGE, absent: 0 }),
      pageSize: parameters.integer('PageSize', { min: 1, max: MAX_PAGE_SIZE, absent: DEFAULT_PAGE_SIZE }),
    },
    kept: FILTER_NAMES.flatMap((name) => keep(parameters, name)),
  };
}

/** A number matches whether it was typed with `+` or without, here and in the call; a name has one form. */
function eitherForm(address: string | null): string[] | null {
  if (address === null) return null;
  const digits = /^\+?(\d+)$/.exec(address)?.[1];
  return digits === undefined ? [address] : [`+${digits}`, digits];
}

/** `StartTime<2026-11-24`, with no `=` at all, arrives as one long name. */
function separateStartTime([name, value]: [string, string]): [string, string] {
  const [, sign, moment] = /^StartTime([<>])(.+)$/.exec(name) ?? [];
  return sign && moment && value === '' ? ['StartTime', sign + moment] : [name, value];
}

function readStartTimes(parameters: Parameters): CallFilter['startTime'] | null {
  return START_TIME_NAMES.reduce<CallFilter['startTime'] | null>((filter, name) => {
    const value = parameters.text(name);
    if (value === null) return filter;
    return narrow(filter ?? {}, readStartTime(name, value));
  }, null);
}

function readStatus(parameters: Parameters): CallFilter['status'] | null {
  const value = parameters.text('Status')?.toLowerCase();
  if (value === undefined) return null;
  const status = CALL_STATUSES.find((one) => one === value);
  if (!status) throw new BadParameterError('Status', `must be one of ${CALL_STATUSES.join(', ')}`);
  return status;
}

function readParent(parameters: Parameters): string | null {
  const value = parameters.text('ParentCallSid');
  if (value === null) return null;
  if (!isSid('CA', value)) throw new BadParameterError('ParentCallSid', 'must be CA and 32 hex digits');
  return `CA${value.slice(2).toLowerCase()}`;
}

function keep(parameters: Parameters, name: string): [string, string][] {
  const value = name === 'To' || name === 'From' ? parameters.address(name) : parameters.text(name);
  return value === null ? [] : [[name, value]];
}
