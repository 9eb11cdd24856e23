import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import {
  address,
  boolean,
  clearable,
  clearableList,
  dateTime,
  impossible,
  integer,
  integers,
  list,
  map,
  method,
  multiline,
  sid,
  text,
  url,
  word,
} from './kinds-of-value.js';
import { parameterSet } from './parameter-set.js';
import { readParameters } from './read-parameters.js';

const set = parameterSet({
  To: address(),
  Url: url().optional(),
  Method: method(),
  Timeout: integer({ min: 1, max: 600 }).default(60),
  Trim: boolean().default(false),
  Status: word(['in-progress', 'busy']).optional(),
  Event: list(['ringing', 'answered']).default(['answered']),
  SipCode: integers({ min: 100, max: 699 }).optional(),
  Name: text(5).optional(),
  Markup: multiline(100).optional(),
  Account: sid('AC').optional(),
  StartTime: dateTime().optional(),
  'StartTime<': dateTime().optional(),
  Metadata: map().optional(),
});

const read = (form: string) => readParameters(set, new URLSearchParams(form));
const values = (form: string) => read(`To=1&${form}`).values;

test('what is not given has its default, and an empty value counts as not given', () => {
  const defaults = { To: '1', Method: 'POST', Timeout: 60, Trim: false, Event: ['answered'] };
  expect(values('')).toEqual(defaults);
  expect(values('Url=&Method=&Timeout=%20&Trim=&Event=&Name=&StartTime=&Unknown=1')).toEqual(defaults);
});

test('an empty value takes away what may be taken away, and is absent elsewhere', () => {
  const one = parameterSet({
    Url: clearable(url()).optional(),
    Port: clearable(integer({ min: 1, max: 9 })).optional(),
    Addresses: clearableList(text(3), { max: 2 }).optional(),
    Old: impossible('is gone'),
  });
  const readOne = (form: string) => readParameters(one, new URLSearchParams(form)).values;
  expect(readOne('Old=')).toEqual({});
  expect(readOne('Url=&Port=%20&Addresses=')).toEqual({ Url: null, Port: null, Addresses: [] });
  expect(readOne('Url=http://h/&Port=3&Addresses=a,b&Addresses=a')).toEqual({
    ...{ Url: 'http://h/', Port: 3 },
    Addresses: ['a', 'b'],
  });
  expect(() => readOne('Port=10')).toThrow('Port must be a whole number from 1 to 9');
  expect(() => readOne('Addresses=a b c')).toThrow('Addresses has more than 2 entries');
  expect(() => readOne('Addresses=abcd')).toThrow('Addresses is longer than 3 characters');
  expect(() => readOne('Old=1')).toThrow('Old is gone');
});

test('everything is read as what it is', () => {
  expect(
    values(
      'Url=http://h/%3Fx&Method=get&Timeout=007&Trim=TRUE&Status=Busy&Event=answered,+RINGING&Event=ringing&SipCode=486&SipCode=600+603',
    ),
  ).toEqual({
    To: '1',
    Url: 'http://h/?x',
    Method: 'GET',
    Timeout: 7,
    Trim: true,
    Status: 'busy',
    Event: ['ringing', 'answered'],
    SipCode: [486, 600, 603],
  });
});

test('blanks around a value do not count, and a plus that arrived as a blank is put back', () => {
  expect(read('To=+1555&Name=+abc+').values).toMatchObject({ To: '+1555', Name: 'abc' });
  expect(values('Name=+12').Name).toBe('12');
});

test('a text with lines may have them, others may not', () => {
  expect(values('Markup=%3CResponse%3E%0D%0A%09%3C/Response%3E').Markup).toBe('<Response>\r\n\t</Response>');
  expect(() => values('Name=a%0Ab')).toThrow('Name has a control character');
  expect(() => values('Markup=a%00')).toThrow('Markup has a control character');
});

test('a map is given by its entries', () => {
  const { Metadata } = values('Metadata.order=17&Metadata[a+b]=+x');
  expect(Metadata).toEqual({ order: '17', 'a b': 'x' });
});

test('a comparison without a value is one of the name before it', () => {
  expect(() => values('StartTime%3C2026-11-24')).toThrow('StartTime must be a date');
  expect(values('StartTime<=2026-11-24')).toMatchObject({ 'StartTime<': new Date('2026-11-24T00:00:00Z') });
});

test('what was given is told again, in the order of the names, without what is unknown', () => {
  expect(read('Event=ringing&Event=answered&x=1&To=+1&Metadata.b=2&Url=').given).toEqual([
    ['To', '+1'],
    ['Event', 'ringing'],
    ['Event', 'answered'],
    ['Metadata.b', '2'],
  ]);
});

describe('a date and time', () => {
  test.each([
    ['2026-11-24', '2026-11-24T00:00:00.000Z'],
    ['2026-11-24t10:30:00.25z', '2026-11-24T10:30:00.250Z'],
    ['2026-11-24T10:30:00+02:00', '2026-11-24T08:30:00.000Z'],
    ['2026-11-24T10:30%2B02:00', '2026-11-24T08:30:00.000Z'],
  ])('%s', (given, moment) => {
    expect(values(`StartTime=${given}`).StartTime?.toISOString()).toBe(moment);
  });

  test.each([
    '2026-02-30',
    '2026-13-01',
    '2026-11-24T25:00:00Z',
    '2026-11-24T10:00:00',
    'yesterday',
    '0000-01-01',
  ])('%s is none', (given) => expect(() => values(`StartTime=${given}`)).toThrow('StartTime must be a date'));
});

test.each([
  ['', 'To is required', 21201],
  ['To=%20', 'To is required', 21201],
  [`To=${'1'.repeat(129)}`, 'To is longer than 128 characters', 21211],
  ['To=1&To=1', 'To is given more than once', 21211],
  ['to=1', 'to is not known: names are case-sensitive, write To', 20001],
  ['To=1&Name=%FF', 'Name has a control character, or is not UTF-8', 20001],
  ['To=1&Name=abcdef', 'Name is longer than 5 characters', 20001],
  ['To=1&Url=ftp://h/', 'Url must be an absolute http or https URL', 21205],
  ['To=1&Method=PUT', 'Method must be GET or POST', 21209],
  ['To=1&Timeout=601', 'Timeout must be a whole number from 1 to 600', 21208],
  ['To=1&Timeout=1e2', 'Timeout must be a whole number from 1 to 600', 21208],
  ['To=1&Trim=yes', 'Trim must be true or false', 20001],
  ['To=1&Status=over', 'Status must be one of in-progress, busy', 20001],
  ['To=1&Event=ringing+over', 'Event must be of ringing, answered', 20001],
  ['To=1&Event=,', 'Event must be of ringing, answered', 20001],
  ['To=1&SipCode=99', 'SipCode must be a whole number from 100 to 699', 20001],
  ['To=1&Account=AC1', 'Account must be AC and 32 hex digits', 20001],
  ['To=1&Metadata.__proto__=y', 'Metadata cannot have the key __proto__', 20001],
  ['To=1&metadata.a=1', 'metadata.a is not known: write Metadata.key or Metadata[key]', 20001],
  ['To=1&Metadata.=1', 'Metadata. is not known: write Metadata.key or Metadata[key]', 20001],
  ['To=1&Metadata[]=1', 'Metadata[] is not known: write Metadata.key or Metadata[key]', 20001],
  ['To=1&METADATA[a]=1', 'METADATA[a] is not known: write Metadata.key or Metadata[key]', 20001],
  ['To=1&Metadata.a=1&Metadata[a]=2', 'Metadata.a is given more than once', 20001],
  ['Timeout=x&Method=x', 'To is required', 21201],
])('%s is refused', (form, message, code) => {
  let refusal: unknown;
  try {
    read(form);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({ name: 'BadParameterError', message, status: 400 });
  expect((refusal as { code(): number }).code()).toBe(code);
});

test('the types are those of the values', () => {
  const typed: z.output<typeof set.schema> = read('To=1').values;
  const timeout: number = typed.Timeout;
  const events: ('ringing' | 'answered')[] = typed.Event;
  expect([timeout, events]).toEqual([60, ['answered']]);
});
