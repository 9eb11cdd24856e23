import type { Call, CallStatus } from '@trunkline/contracts';
import type { ListedCall } from '../call-columns.js';

/** `from` inclusive, `until` exclusive, `atOrBefore` inclusive. What has no such time is outside of every range. */
export interface TimeRange {
  from?: Date;
  until?: Date;
  atOrBefore?: Date;
}

/** Which calls of an account to list: all conditions that are given must hold. */
export interface CallFilter {
  /** A number matches with and without `+`. */
  to?: string;
  from?: string;
  /** Any of these. */
  status?: readonly CallStatus[];
  direction?: readonly Call['direction'][];
  answeredBy?: readonly NonNullable<Call['answeredBy']>[];
  parentCallSid?: string;
  /** Calls that came to this number of ours. */
  phoneNumberSid?: string;
  startTime?: TimeRange;
  endTime?: TimeRange;
  /** Goes by the moment in the Sid, since that is the order of the list. */
  dateCreated?: TimeRange;
  /** Both inclusive. */
  durationSeconds?: { min?: number; max?: number };
  /** Decimal numbers, both inclusive. */
  price?: { min?: string; max?: string };
  sipCode?: readonly number[];
  /** Every pair. Found by an index: what has them all is looked at, 2 ms a thousand calls. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * What a list can be sorted by; the second key is always the Sid, newest first, and an absent value comes last.
 * `DateCreated` is the order of the Sids: any page costs the same. The others sort what the filter leaves: about 1 ms for
 * 1,000 calls, a third of that for `To` and `From`, which are read off their indexes; StoreUnavailableError after 15 s.
 */
export const SORT_KEYS = [
  'DateCreated',
  'StartTime',
  'EndTime',
  'From',
  'To',
  'Direction',
  'Status',
  'Duration',
  'Price',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface ListOrder {
  by: SortKey;
  descending: boolean;
}

/**
 * Where the page begins: at a page's number, from 0, or next to a call that an earlier page began or ended with
 * (CallPage.cursors), which neither skips nor repeats while calls arrive.
 */
export type PagePlace = { page: number } | { after: string } | { before: string };

export interface ListRequest {
  filter: CallFilter;
  sort: ListOrder;
  at: PagePlace;
  pageSize: number;
}

export interface CallPage {
  calls: ListedCall[];
  /** How many calls the filter lets through on all pages, at the moment the page was read. */
  total: number;
  /** The position of the page's first call in the whole list, from 0. */
  start: number;
  /** Where the next page (`after: last`) and the one before (`before: first`) begin; null for an empty page. */
  cursors: { first: string; last: string } | null;
}
