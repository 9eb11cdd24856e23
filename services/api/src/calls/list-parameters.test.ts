import { expect, test } from 'vitest';
import { readListRequest } from './list-parameters.js';

const read = (query: string) => readListRequest(new URLSearchParams(query));
const startTime = (query: string) => {
  const bounds = read(query).filter.startTime ?? {};
  return Object.fromEntries(
    Object.entries(bounds).map(([name, date]) => [name, (date as Date).toISOString()]),
  );
};

test('nothing asked for: no filter, the first page of 50', () => {
  expect(read('')).toEqual({ filter: {}, page: { page: 0, pageSize: 50 }, kept: [] });
});

test('filters are read, and kept for the page URIs', () => {
  const parent = 'CA0193F2A0B1C27D3E8F4A5B6C7D8E9F01';
  expect(
    read(`To=alice&From=+1555&Status=No-Answer&ParentCallSid=${parent}&Page=2&PageSize=7&Foo=1`),
  ).toEqual({
    filter: {
      to: ['alice'],
      from: ['+1555', '1555'],
      status: 'no-answer',
      parentCallSid: `CA${parent.slice(2).toLowerCase()}`,
    },
    page: { page: 2, pageSize: 7 },
    kept: [
      ['To', 'alice'],
      ['From', '+1555'],
      ['Status', 'No-Answer'],
      ['ParentCallSid', parent],
    ],
  });
});

test('an empty filter counts as absent', () => {
  expect(read('To=&Status=&StartTime=&Page=')).toEqual(read(''));
});

const MIDNIGHT = '2026-11-24T00:00:00.000Z';
const NEXT_MIDNIGHT = '2026-11-25T00:00:00.000Z';

test.each([
  ['StartTime=2026-11-24', { from: MIDNIGHT, until: NEXT_MIDNIGHT }],
  ['StartTime<=2026-11-24', { atOrBefore: MIDNIGHT }],
  ['StartTime>=2026-11-24', { from: MIDNIGHT }],
  ['StartTime%3C=2026-11-24', { atOrBefore: MIDNIGHT }],
  ['StartTime%3E%3D2026-11-24', { from: MIDNIGHT }],
  ['StartTime<2026-11-24', { until: MIDNIGHT }],
  ['StartTime>2026-11-24', { from: '2026-11-24T00:00:00.001Z' }],
  ['StartTime=<=2026-11-24', { atOrBefore: MIDNIGHT }],
  ['StartTime=%3E%3D2026-11-24', { from: MIDNIGHT }],
  ['StartTime=<2026-11-24', { until: MIDNIGHT }],
  ['StartTime>=2026-11-24&StartTime<=2026-11-25', { from: MIDNIGHT, atOrBefore: NEXT_MIDNIGHT }],
  [
    'StartTime=2026-11-24&StartTime>=2026-11-24T12:00:00Z',
    { from: '2026-11-24T12:00:00.000Z', until: NEXT_MIDNIGHT },
  ],
  ['StartTime>=2026-11-24T10:30:00%2B02:00', { from: '2026-11-24T08:30:00.000Z' }],
  ['StartTime>=2026-11-24T10:30:00+02:00', { from: '2026-11-24T08:30:00.000Z' }],
  ['StartTime<=2026-11-24t10:30:00.250z', { atOrBefore: '2026-11-24T10:30:00.250Z' }],
  ['StartTime=2026-11-24T10:30:00Z', { from: '2026-11-24T10:30:00.000Z', until: '2026-11-24T10:30:01.000Z' }],
  ['StartTime=2024-02-29', { from: '2024-02-29T00:00:00.000Z', until: '2024-03-01T00:00:00.000Z' }],
])('%s', (query, bounds) => {
  expect(startTime(query)).toEqual(bounds);
});

test.each([
  ['StartTime=yesterday', 'StartTime must be a date'],
  ['StartTime=2026-02-30', 'StartTime must be a date'],
  ['StartTime=2026-13-01', 'StartTime must be a date'],
  ['StartTime=2026-1-1', 'StartTime must be a date'],
  ['StartTime=2026-11-24T25:00:00Z', 'StartTime must be a date'],
  ['StartTime=2026-11-24T10:00:00', 'StartTime must be a date'],
  ['StartTime=2026-11-24%2010:00', 'StartTime must be a date'],
  ['StartTime<=<2026-11-24', 'StartTime< must be a date'],
  ['StartTime>=nope', 'StartTime> must be a date'],
  ['Status=ended', 'Status must be one of queued, ringing, in-progress'],
  ['ParentCallSid=CA12', 'ParentCallSid must be CA and 32 hex digits'],
  ['Page=-1', 'Page must be a whole number from 0'],
  ['Page=x', 'Page must be a whole number from 0'],
  ['PageSize=0', 'PageSize must be a whole number from 1 to 1000'],
  ['PageSize=1001', 'PageSize must be a whole number from 1 to 1000'],
  ['PageSize=1.0', 'PageSize must be a whole number from 1 to 1000'],
  ['page=1', 'page is not known: names are case-sensitive, write Page'],
  ['status=queued', 'status is not known'],
  ['To=a&To=b', 'To is given more than once'],
  ['To=%00', 'To has a control character'],
])('%s is refused', (query, message) => {
  expect(() => read(query)).toThrow(message);
});
