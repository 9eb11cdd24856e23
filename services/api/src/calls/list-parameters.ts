import { ANSWERED_BY, CALL_STATUSES } from '@trunkline/contracts';
import { type CallFilter, type ListOrder, SORT_KEYS } from '@trunkline/store';
import { z } from 'zod';
import { integers, list, sid } from '../parameters/kinds-of-value.js';
import { pagingParameters } from '../parameters/paging.js';
import { parameterSet } from '../parameters/parameter-set.js';
import type { Door } from '../represent/door.js';
import { soughtAddress } from './address-parameters.js';
import { metadata } from './metadata-parameter.js';
import { moneyBound, moneyText, narrowNumbers, secondsBound } from './number-filter.js';
import { narrowTimes, rangeOf, type TimeBound, timeBound } from './time-filter.js';

const DIRECTIONS = ['inbound', 'outbound-api', 'outbound-dial'] as const;
/** `machine` is each of the others that begin with it. */
const ANSWERERS = ['machine', ...ANSWERED_BY] as const;
const NEWEST_FIRST: ListOrder = { by: 'DateCreated', descending: true };

/** The query of a list of calls. */
export const listParameters = parameterSet({
  To: soughtAddress().optional().describe('To this number, with or without `+`, or to this name.'),
  From: soughtAddress().optional().describe('From this number or name, likewise.'),
  Status: list(CALL_STATUSES)
    .optional()
    .describe('In one of these statuses: repeated, or with commas or blanks between.'),
  StartTime: timeBound('')
    .optional()
    .describe('Answered on this day, or in this second (UTC); at the door of 2010 on the day of this time.'),
  'StartTime<': timeBound('<')
    .optional()
    .describe('`StartTime<=`: answered at or before it; at the door of 2010 before it.'),
  'StartTime>': timeBound('>').optional().describe('`StartTime>=`: answered at or after it.'),
  EndTime: timeBound('')
    .optional()
    .describe('Ended on this day, or in this second (UTC); at the door of 2010 on the day of this time.'),
  'EndTime<': timeBound('<')
    .optional()
    .describe('`EndTime<=`: ended at or before it; at the door of 2010 before it.'),
  'EndTime>': timeBound('>').optional().describe('`EndTime>=`: ended at or after it.'),
  DateCreated: timeBound('')
    .optional()
    .describe('Accepted on this day, or in this second (UTC); at the door of 2010 on the day of this time.'),
  'DateCreated<': timeBound('<')
    .optional()
    .describe('`DateCreated<=`: accepted at or before it; at the door of 2010 before it.'),
  'DateCreated>': timeBound('>').optional().describe('`DateCreated>=`: accepted at or after it.'),
  ParentCallSid: sid('CA').optional().describe('Legs of this call.'),
  PhoneNumberSid: sid('PN').optional().describe('Calls that came to this number of ours.'),
  Direction: list(DIRECTIONS).optional().describe('Of one of these directions: likewise.'),
  AnsweredBy: list(ANSWERERS)
    .optional()
    .describe('Answered by one of these: likewise; `machine` is any of them that begin with it.'),
  Duration: secondsBound('').optional().describe('So many seconds long.'),
  'Duration<': secondsBound('<').optional().describe('`Duration<=`: at most so long.'),
  'Duration>': secondsBound('>').optional().describe('`Duration>=`: at least so long.'),
  Price: moneyBound('').optional().describe('At this price.'),
  'Price<': moneyBound('<').optional().describe('`Price<=`: at most at this price.'),
  'Price>': moneyBound('>').optional().describe('`Price>=`: at least at this price.'),
  SipCode: integers({ min: 100, max: 699 })
    .optional()
    .describe('Decided by one of these SIP statuses: likewise.'),
  Metadata: metadata().optional().describe('With all of these pairs: `Metadata.key=value`.'),
  SortBy: sortBy()
    .optional()
    .describe(
      '`Field:asc` or `Field:desc`; `asc` when only the field is given. Numbers are sorted without their `+`. Absent: newest first.',
    ),
  ...pagingParameters,
});

export type ListQuery = z.output<typeof listParameters.schema>;

/** What the query asks of a call. */
export function filterOf(query: ListQuery, door: Pick<Door, 'looksForDays'>): CallFilter {
  const times = (...bounds: readonly (TimeBound | undefined)[]) =>
    narrowTimes(bounds.map((bound) => bound && rangeOf(bound, door)));
  const price = narrowNumbers([query.Price, query['Price<'], query['Price>']]);
  const conditions: { [Name in keyof CallFilter]: CallFilter[Name] | undefined } = {
    to: query.To,
    from: query.From,
    status: query.Status,
    direction: query.Direction,
    answeredBy: query.AnsweredBy && ANSWERED_BY.filter((one) => isAmong(one, query.AnsweredBy ?? [])),
    parentCallSid: query.ParentCallSid,
    phoneNumberSid: query.PhoneNumberSid,
    startTime: times(query.StartTime, query['StartTime<'], query['StartTime>']),
    endTime: times(query.EndTime, query['EndTime<'], query['EndTime>']),
    dateCreated: times(query.DateCreated, query['DateCreated<'], query['DateCreated>']),
    durationSeconds: narrowNumbers([query.Duration, query['Duration<'], query['Duration>']]),
    price: price && {
      ...(price.min !== undefined && { min: moneyText(price.min) }),
      ...(price.max !== undefined && { max: moneyText(price.max) }),
    },
    sipCode: query.SipCode,
    metadata: query.Metadata && Object.keys(query.Metadata).length > 0 ? query.Metadata : undefined,
  };
  return Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined));
}

export function orderOf(query: ListQuery): ListOrder {
  return query.SortBy ?? NEWEST_FIRST;
}

function isAmong(one: (typeof ANSWERED_BY)[number], asked: readonly (typeof ANSWERERS)[number][]): boolean {
  return asked.includes(one) || (one.startsWith('machine') && asked.includes('machine'));
}

function sortBy() {
  return z
    .string()
    .meta({ examples: ['StartTime:desc'] })
    .transform((given, context): ListOrder => {
      const [field = '', direction = 'asc', ...rest] = given.split(':').map((part) => part.trim());
      const by = SORT_KEYS.find((key) => key === field);
      const isDirection = /^(asc|desc)$/i.test(direction) && rest.length === 0;
      if (by && isDirection) return { by, descending: direction.toLowerCase() === 'desc' };
      const message = `must be one of ${SORT_KEYS.join(', ')}, and may end in :asc or :desc`;
      context.addIssue({ code: 'custom', input: given, message });
      return NEWEST_FIRST;
    });
}
