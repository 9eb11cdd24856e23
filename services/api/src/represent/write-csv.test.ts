import { expect, test } from 'vitest';
import { at2010, at2012, callItem, callPage, EMPTY, ended, queued, SID } from '../testing/representation.js';
import { callResource } from './call-resource.js';
import { DOOR_2012 } from './door.js';
import { csvWriter } from './write-csv.js';

const at = at2012('.csv');
const HEADER =
  'Sid,DateCreated,DateUpdated,ParentCallSid,AccountSid,To,From,PhoneNumberSid,Status,StartTime,EndTime,Duration,Price,PriceUnit,Direction,AnsweredBy,ApiVersion,ForwardedFrom,CallerName,Uri,QueueTime,RingDuration,SipCode,SipReason,Q850Cause,HangupSide,EndReason';

test('a call is a line below the names', () => {
  expect(csvWriter.item(callItem(ended), at)).toBe(
    `${HEADER}\r\n${SID},2026-11-24T10:00:00.000Z,2026-11-24T10:00:00.000Z,,${queued.accountSid},+15551230001,+15559990000,,completed,2026-11-24T10:00:05.001Z,2026-11-24T10:01:06.019Z,61,0.0120,USD,outbound-api,,2012-04-24,,,/2012-04-24/Calls/${SID}.csv,12,4,200,OK,16,remote,hangup\r\n`,
  );
});

test.each([
  ['+15551230001', '+15551230001'],
  ['-1.5', '-1.5'],
  ['=1+1', "'=1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['+1+cmd', "'+1+cmd"],
  ['-', "'-"],
  ['＝1+1', "'＝1+1"],
  ['＋1', "'＋1"],
  ['－1', "'－1"],
  ['＠SUM(A1)', "'＠SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['a "b", c', '"a ""b"", c"'],
  ['=a,b', `"'=a,b"`],
  ['two\nlines', '"two\nlines"'],
  ['two\rlines', '"two\rlines"'],
  ['*8 | x', '*8 | x'],
])('the name %j is written as %s', (callerName, cell) => {
  const call = { ...queued, callerName, forwardedFrom: null };
  expect(csvWriter.item(callItem(call), at)).toContain(`,2012-04-24,,${cell},/2012-04-24`);
});

test('a time with a comma in it is quoted', () => {
  expect(csvWriter.item(callItem(queued), at2010('.csv'))).toContain(
    `${SID},"Tue, 24 Nov 2026 10:00:00 +0000",`,
  );
});

test('a boolean is a word, in CSV as elsewhere', () => {
  const fields = [{ name: 'Open', kind: 'boolean', value: () => false }];
  const resource = { ...callResource, fields } as never;
  expect(csvWriter.item({ resource, value: {} }, at)).toBe('Open\r\nfalse\r\n');
});

test('a page is a line a call; where it is stands in headers', () => {
  const { text, headers } = csvWriter.page(callPage({ items: [ended, queued] }), at, '/2012-04-24/Calls.csv');
  expect(text.split('\r\n')).toHaveLength(4);
  expect(headers).toEqual({
    'X-Total-Count': '3',
    Link: [
      '</2012-04-24/Calls.csv?To=%2B1%262&Page=0&PageSize=1>; rel="first"',
      '</2012-04-24/Calls.csv?To=%2B1%262&Page=0&PageSize=1&PageToken=PB%3Cx>; rel="prev"',
      '</2012-04-24/Calls.csv?To=%2B1%262&Page=2&PageSize=1&PageToken=PAx>; rel="next"',
      '</2012-04-24/Calls.csv?To=%2B1%262&Page=2&PageSize=1>; rel="last"',
    ].join(', '),
  });
});

test('an empty list is its names alone', () => {
  expect(csvWriter.page(callPage(EMPTY), at, '/2012-04-24/Calls.csv').text).toBe(`${HEADER}\r\n`);
});

test('an error is a line as well', () => {
  const refusal = { status: 404, code: 20404, message: 'a "b"', headers: {}, isFault: false };
  expect(csvWriter.error(refusal, DOOR_2012)).toBe(
    'Status,Code,Message,MoreInfo\r\n404,20404,"a ""b""",/docs/errors#20404\r\n',
  );
});
