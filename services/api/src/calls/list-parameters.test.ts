import { describe, expect, test } from 'vitest';
import { readParameters } from '../parameters/read-parameters.js';
import { DOOR_2010, DOOR_2012 } from '../represent/door.js';
import { filterOf, listParameters, orderOf } from './list-parameters.js';

const readAll = (query: string) => readParameters(listParameters, new URLSearchParams(query));
const read = (query: string, door = DOOR_2012) => filterOf(readAll(query).values, door);
/** With times as texts. */
const filter = (query: string, door = DOOR_2012) => JSON.parse(JSON.stringify(read(query, door)));

test('nothing asked for: no filter, newest first', () => {
  expect([read(''), orderOf(readAll('').values), readAll('').given]).toEqual([
    {},
    { by: 'DateCreated', descending: true },
    [],
  ]);
});

test('filters are read, and kept as they were written', () => {
  const parent = 'CA0193F2A0B1C27D3E8F4A5B6C7D8E9F01';
  const query = `To=alice&From=+1555&Status=No-Answer&Status=busy,failed&ParentCallSid=${parent}`;
  const more =
    'Direction=inbound&AnsweredBy=machine&AnsweredBy=human&SipCode=486,404&Metadata.order=17&Foo=1';
  const asked = readAll(`${query}&${more}&StartTime>=2026-11-24`);
  expect(filterOf(asked.values, DOOR_2012)).toEqual({
    to: 'alice',
    from: '+1555',
    status: ['busy', 'no-answer', 'failed'],
    parentCallSid: `CA${parent.slice(2).toLowerCase()}`,
    direction: ['inbound'],
    answeredBy: ['human', 'machine_start', 'machine_end_beep', 'machine_end_silence', 'machine_end_other'],
    sipCode: [486, 404],
    metadata: { order: '17' },
    startTime: { from: new Date('2026-11-24') },
  });
  expect(asked.given).toEqual([
    ['To', 'alice'],
    ['From', '+1555'],
    ['Status', 'No-Answer'],
    ['Status', 'busy,failed'],
    ['StartTime>', '2026-11-24'],
    ['ParentCallSid', parent],
    ['Direction', 'inbound'],
    ['AnsweredBy', 'machine'],
    ['AnsweredBy', 'human'],
    ['SipCode', '486,404'],
    ['Metadata.order', '17'],
  ]);
});

test('calls of a client, and to a number of ours, are found by it', () => {
  const sid = `PN${'A'.repeat(32)}`;
  expect(read(`To=client:alice&From=client:Bob&PhoneNumberSid=${sid}`)).toEqual({
    ...{ to: 'alice', from: 'Bob' },
    phoneNumberSid: `PN${'a'.repeat(32)}`,
  });
  expect(() => read('To=client:a b')).toThrow('To must have 1 to 64 letters');
});

test.each(['busy,failed', 'busy failed', 'busy, failed', 'busy&Status=failed'])(
  'several values are given as %j',
  (values) => expect(read(`Status=${values}`)).toEqual({ status: ['busy', 'failed'] }),
);

test('an empty filter counts as absent', () => {
  const names = listParameters.names.filter((name) => name !== 'Metadata');
  expect(read(`${names.map((name) => `${encodeURIComponent(name)}=`).join('&')}&Metadata.a=`)).toEqual({});
});

test('a number is looked for as calls have it', () => {
  expect(read('To=%2B1 (555) 123-0001')).toEqual({ to: '+15551230001' });
  expect(read('To=+1.555')).toEqual({ to: '+1555' });
  expect(read('To=*43&From=112')).toEqual({ to: '*43', from: '112' });
});

const MIDNIGHT = '2026-11-24T00:00:00.000Z';
const NEXT_MIDNIGHT = '2026-11-25T00:00:00.000Z';

describe.each(['StartTime', 'EndTime', 'DateCreated'])('%s', (name) => {
  test.each([
    ['=2026-11-24', { from: MIDNIGHT, until: NEXT_MIDNIGHT }],
    ['<=2026-11-24', { atOrBefore: MIDNIGHT }],
    ['>=2026-11-24', { from: MIDNIGHT }],
    ['%3C=2026-11-24', { atOrBefore: MIDNIGHT }],
    ['%3E%3D2026-11-24', { from: MIDNIGHT }],
    ['<2026-11-24', { until: MIDNIGHT }],
    ['>2026-11-24', { from: '2026-11-24T00:00:00.001Z' }],
    ['=<=2026-11-24', { atOrBefore: MIDNIGHT }],
    ['=%3E%3D2026-11-24', { from: MIDNIGHT }],
    ['=<2026-11-24', { until: MIDNIGHT }],
    ['>=2026-11-24T10:30:00%2B02:00', { from: '2026-11-24T08:30:00.000Z' }],
    ['>=2026-11-24T10:30:00+02:00', { from: '2026-11-24T08:30:00.000Z' }],
    ['<=2026-11-24t10:30:00.250z', { atOrBefore: '2026-11-24T10:30:00.250Z' }],
    ['=2026-11-24T10:30:00Z', { from: '2026-11-24T10:30:00.000Z', until: '2026-11-24T10:30:01.000Z' }],
    ['=2024-02-29', { from: '2024-02-29T00:00:00.000Z', until: '2024-03-01T00:00:00.000Z' }],
  ])('%s', (rest, bounds) => {
    expect(Object.values(filter(name + rest))).toEqual([bounds]);
  });

  test.each([
    ['=2026-11-24', { from: MIDNIGHT, until: NEXT_MIDNIGHT }],
    ['=2026-11-24T00:00:00Z', { from: MIDNIGHT, until: NEXT_MIDNIGHT }],
    ['=2026-11-24T23:59:59Z', { from: MIDNIGHT, until: NEXT_MIDNIGHT }],
    ['=2026-11-25T01:00:00%2B02:00', { from: MIDNIGHT, until: NEXT_MIDNIGHT }],
    ['=1969-12-31T12:00:00Z', { from: '1969-12-31T00:00:00.000Z', until: '1970-01-01T00:00:00.000Z' }],
    ['%3C=2026-11-24T10:30:00Z', { until: '2026-11-24T10:30:00.000Z' }],
    ['%3C=2026-11-24', { until: MIDNIGHT }],
    ['%3E=2026-11-24T10:30:00Z', { from: '2026-11-24T10:30:00.000Z' }],
    ['=<=2026-11-24', { atOrBefore: MIDNIGHT }],
  ])('%s at the door of 2010: a day, before, on or after', (rest, bounds) => {
    expect(Object.values(filter(name + rest, DOOR_2010))).toEqual([bounds]);
  });

  test('takes both bounds, and the narrower of two', () => {
    const both = `${name}>=2026-11-24&${name}<=2026-11-25`;
    expect(Object.values(filter(both))).toEqual([{ from: MIDNIGHT, atOrBefore: NEXT_MIDNIGHT }]);
    const narrower = `${name}=2026-11-24&${name}>=2026-11-24T12:00:00Z`;
    expect(Object.values(filter(narrower))).toEqual([
      { from: '2026-11-24T12:00:00.000Z', until: NEXT_MIDNIGHT },
    ]);
  });

  test.each([
    'yesterday',
    '2026-02-30',
    '2026-13-01',
    '2026-1-1',
    '2026-11-24T25:00:00Z',
    '2026-11-24T10:00:00',
    '2026-11-24%2010:00',
    '0000-01-01',
    '<',
  ])('=%s is refused', (value) => {
    expect(() => read(`${name}=${value}`)).toThrow(`${name} must be a date, or a date and time`);
    expect(() => read(`${name}<=<${value}`)).toThrow(`${name}< must be a date, or a date and time`);
  });
});

test.each([
  ['Duration=30', { durationSeconds: { min: 30, max: 30 } }],
  ['Duration>=30', { durationSeconds: { min: 30 } }],
  ['Duration<=30&Duration>=10', { durationSeconds: { min: 10, max: 30 } }],
  ['Duration>30', { durationSeconds: { min: 31 } }],
  ['Duration=<30', { durationSeconds: { max: 29 } }],
  ['Duration<0', { durationSeconds: { max: -1 } }],
  ['Price=0.05', { price: { min: '0.050000', max: '0.050000' } }],
  ['Price>=0.05', { price: { min: '0.050000' } }],
  ['Price>0.05&Price<=12', { price: { min: '0.050001', max: '12.000000' } }],
  ['Price<0', { price: { max: '-0.000001' } }],
  ['Price>=999999999.999999', { price: { min: '999999999.999999' } }],
])('%s', (query, expected) => {
  expect(read(query)).toEqual(expected);
});

test.each([
  ['SortBy=StartTime', { by: 'StartTime', descending: false }],
  ['SortBy=StartTime:asc', { by: 'StartTime', descending: false }],
  ['SortBy=Price:DESC', { by: 'Price', descending: true }],
  ['SortBy=DateCreated', { by: 'DateCreated', descending: false }],
])('%s', (query, order) => {
  expect(orderOf(readAll(query).values)).toEqual(order);
});

test.each([
  ['Status=ended', 'Status must be of queued, ringing, in-progress'],
  ['Direction=out', 'Direction must be of inbound, outbound-api, outbound-dial'],
  ['AnsweredBy=robot', 'AnsweredBy must be of machine, human'],
  ['ParentCallSid=CA12', 'ParentCallSid must be CA and 32 hex digits'],
  ['SipCode=99', 'SipCode must be a whole number from 100 to 699'],
  ['Duration=-1', 'Duration must be a whole number of seconds'],
  ['Duration>=1.5', 'Duration> must be a whole number of seconds'],
  ['Duration>=<1', 'Duration> must be a whole number of seconds'],
  ['Price=1e3', 'Price must be a decimal number'],
  ['Price=.5', 'Price must be a decimal number'],
  ['SortBy=Sid', 'SortBy must be one of DateCreated, StartTime'],
  ['SortBy=:asc', 'SortBy must be one of DateCreated, StartTime'],
  ['SortBy=DateCreated:foo', 'SortBy must be one of DateCreated, StartTime'],
  ['SortBy=To:asc:desc', 'SortBy must be one of DateCreated, StartTime'],
  ['Metadata.a%20b=1', 'Metadata must have keys of 1 to 64'],
  ['Page=-1', 'Page must be a whole number from 0'],
  ['PageSize=1.0', 'PageSize must be a whole number from 1 to 1000'],
  ['page=1', 'page is not known: names are case-sensitive, write Page'],
  ['status=queued', 'status is not known'],
  ['To=a&To=b', 'To is given more than once'],
  ['To=%00', 'To has a control character'],
  ['To=%2B', 'To is not a possible number'],
  ['From=a b', 'From must be a number or a name'],
  ['To=%2Balice', 'To is not a possible number'],
  ['To=sip:a@example.com', 'To must be a number or a name: SIP and other URIs'],
  ['From=123456789012345678901', 'From has more than 20 digits'],
])('%s is refused', (query, message) => {
  expect(() => read(query)).toThrow(message);
});
