import type { Attempt, Call } from '@trunkline/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  at2010,
  at2012,
  BASE_2010,
  callItem,
  callPage,
  EMPTY,
  ended,
  queued,
  SID,
} from '../testing/representation.js';
import { attemptsAt2010, callJsonSchema } from './call-schema.js';
import { DOOR_2012 } from './door.js';
import { jsonWriter } from './write-json.js';

const at = at2012('.json');
const read = (call: Call, place = at) => JSON.parse(jsonWriter.item(callItem(call), place));
const readPage = (page: ReturnType<typeof callPage>, place = at, uri = '/2012-04-24/Calls.json') =>
  JSON.parse(jsonWriter.page(page, place, uri).text);

test('a call has every name, with null for what is absent', () => {
  expect(read(queued)).toEqual({
    sid: SID,
    date_created: '2026-11-24T10:00:00.000Z',
    date_updated: '2026-11-24T10:00:00.000Z',
    parent_call_sid: null,
    account_sid: queued.accountSid,
    to: '+15551230001',
    from: '+15559990000',
    phone_number_sid: null,
    status: 'queued',
    start_time: null,
    end_time: null,
    duration: null,
    price: null,
    price_unit: null,
    direction: 'outbound-api',
    answered_by: null,
    api_version: '2012-04-24',
    forwarded_from: null,
    caller_name: null,
    uri: `/2012-04-24/Calls/${SID}.json`,
    queue_time: null,
    ring_duration: null,
    sip_code: null,
    sip_reason: null,
    q850_cause: null,
    hangup_side: null,
    end_reason: null,
    attempts: [],
    quality: null,
    metadata: {},
    subresource_uris: {
      events: `/2012-04-24/Calls/${SID}/Events.json`,
      recordings: `/2012-04-24/Calls/${SID}/Recordings.json`,
      notifications: `/2012-04-24/Calls/${SID}/Notifications.json`,
      stream: `/2012-04-24/Calls/${SID}/Stream`,
    },
  });
});

test('an ended call says how it ended', () => {
  expect(read(ended)).toMatchObject({
    duration: 61,
    price: '0.0120',
    price_unit: 'USD',
    queue_time: 12,
    ring_duration: 4,
    sip_code: 200,
    sip_reason: 'OK',
    q850_cause: 16,
    hangup_side: 'remote',
    end_reason: 'hangup',
    attempts: [
      {
        ...{ trunk: '10.0.0.1:5060', trunk_sid: null, target: null, why: '', q850_cause: null },
        start_time: '2026-11-24T10:00:00.012Z',
        end_time: null,
        failure: null,
        error: null,
      },
    ],
    quality: { mos: 4.3, loss_percent: 0.1, jitter_ms: 2 },
    metadata: { order: '17' },
  });
});

test('what is written is what the document says', () => {
  for (const call of [queued, ended]) {
    expect(callJsonSchema.strict().safeParse(read(call)).error).toBeUndefined();
  }
});

test('at the door of 2010 times are RFC 2822, numbers are text, and every name of its library is there', () => {
  expect(read(ended, at2010('.json'))).toMatchObject({
    date_created: 'Tue, 24 Nov 2026 10:00:00 +0000',
    start_time: 'Tue, 24 Nov 2026 10:00:05 +0000',
    duration: '61',
    price: '0.0120',
    queue_time: '12',
    to_formatted: '+15551230001',
    from_formatted: '+15559990000',
    group_sid: null,
    trunk_sid: null,
    annotation: null,
    uri: `${BASE_2010}/Calls/${SID}.json`,
    attempts: [{ start_time: 'Tue, 24 Nov 2026 10:00:00 +0000', sip_code: '200' }],
  });
  expect(attemptsAt2010.safeParse(read(ended, at2010('.json')).attempts).error).toBeUndefined();
  expect(read(queued, at2010('.json'))).toMatchObject({ start_time: null, duration: null, queue_time: null });
});

test('an attempt tells its trunk, where it went and why', () => {
  const trunkSid = `TK${'1'.repeat(32)}`;
  const [attempt] = ended.attempts;
  const tried = {
    ...attempt,
    trunkSid,
    target: 'UDP 192.0.2.1:5060',
    why: 'priority 1',
    q850Cause: 17,
  } as Attempt;
  const call = {
    ...ended,
    attempts: [
      { ...tried, trunkSid: `TK${'2'.repeat(32)}`, failure: 'busy' as const, error: 'no response' },
      tried,
    ],
  };
  const shown = { trunk_sid: trunkSid, target: 'UDP 192.0.2.1:5060', why: 'priority 1' };
  expect(read(call).attempts).toMatchObject([
    { failure: 'busy', error: 'no response' },
    { ...shown, q850_cause: 17 },
  ]);
  expect(read(call, at2010('.json'))).toMatchObject({
    trunk_sid: trunkSid,
    attempts: [{ failure: 'busy' }, { ...shown, q850_cause: '17' }],
  });
});

test('a page carries its place and the URIs around it', () => {
  expect(readPage(callPage({ page: 2, kept: [], next: null }))).toMatchObject({
    page: 2,
    num_pages: 3,
    page_size: 1,
    total: 3,
    uri: '/2012-04-24/Calls.json?Page=2&PageSize=1',
    first_page_uri: '/2012-04-24/Calls.json?Page=0&PageSize=1',
    previous_page_uri: '/2012-04-24/Calls.json?Page=0&PageSize=1&PageToken=PB%3Cx',
    next_page_uri: null,
    last_page_uri: '/2012-04-24/Calls.json?Page=2&PageSize=1',
    calls: [{ sid: SID }],
  });
});

test('the calls are the only array of a page, and all that is not about paging', () => {
  const page = readPage(callPage({ items: [queued, ended] }), at2010('.json'), `${BASE_2010}/Calls.json`);
  expect(Object.keys(page).filter((name) => Array.isArray(page[name]))).toEqual(['calls']);
  expect(page.calls).toHaveLength(2);
});

test('an empty list has real nulls', () => {
  expect(readPage(callPage(EMPTY))).toMatchObject({
    calls: [],
    previous_page_uri: null,
    next_page_uri: null,
  });
});

test('whatever a name holds, it is read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (to) => {
      expect(read({ ...queued, to }).to).toBe(to);
    }),
  );
  expect(read({ ...queued, to: 'a\ud800' }).to).toBe('a\ud800');
});

test('an error has its code, and says where that is explained', () => {
  const refusal = { status: 400, code: 21201, message: 'To is required', headers: {}, isFault: false };
  expect(JSON.parse(jsonWriter.error(refusal, DOOR_2012))).toEqual({
    code: 21201,
    message: 'To is required',
    more_info: '/docs/errors#21201',
    status: 400,
  });
});
