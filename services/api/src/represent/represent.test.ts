import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { testRecord } from '../testing/test-call.js';
import { jsonRepresentation } from './json.js';
import type { PageOfCalls } from './page-of-calls.js';
import { xmlRepresentation } from './xml.js';

const SID = 'CA0193f2a0b1c27d3e8f4a5b6c7d8e9f03';
const PATH = '/2012-04-24/Calls';
const { call: queued } = testRecord({ sid: SID });
const ended = {
  ...queued,
  status: 'completed' as const,
  startTime: '2026-11-24T10:00:05.001Z',
  endTime: '2026-11-24T10:01:06.019Z',
  durationSeconds: 61,
  queueTimeMs: 12,
  price: '0.0120',
  priceUnit: 'USD',
  sipCode: 200,
  sipReason: 'OK',
  q850Cause: 16,
  hangupSide: 'remote' as const,
  endReason: 'hangup' as const,
};

function pageOf(changes: Partial<PageOfCalls> = {}): PageOfCalls {
  return {
    calls: [ended],
    page: 1,
    pageSize: 1,
    pageCount: 3,
    total: 3,
    start: 1,
    end: 1,
    filters: [['To', '+1&2']],
    ...changes,
  };
}

const EMPTY: Partial<PageOfCalls> = {
  calls: [],
  page: 0,
  pageCount: 0,
  total: 0,
  start: 0,
  end: 0,
  filters: [],
};

describe('XML', () => {
  test('a call has the properties of the specification in its order, and absent ones are empty', () => {
    expect(xmlRepresentation.call(queued, PATH)).toBe(`<RestcommResponse>
  <Call>
    <Sid>${SID}</Sid>
    <DateCreated>2026-11-24T10:00:00.000Z</DateCreated>
    <DateUpdated>2026-11-24T10:00:00.000Z</DateUpdated>
    <ParentCallSid/>
    <To>+15551230001</To>
    <From>+15559990000</From>
    <PhoneNumberSid/>
    <Status>queued</Status>
    <StartTime/>
    <EndTime/>
    <Duration/>
    <Price/>
    <Direction>outbound-api</Direction>
    <AnsweredBy/>
    <ApiVersion>2012-04-24</ApiVersion>
    <ForwardedFrom/>
    <CallerName/>
    <Uri>/2012-04-24/Calls/${SID}</Uri>
  </Call>
</RestcommResponse>
`);
  });

  test('a duration of nothing is 0, not empty', () => {
    expect(xmlRepresentation.call({ ...ended, durationSeconds: 0 }, PATH)).toContain(
      '<Duration>0</Duration>',
    );
  });

  test('a page carries its place and the URIs around it, with the filters', () => {
    const xml = xmlRepresentation.page(pageOf(), PATH);
    const { Calls } = parse(xml);
    expect(Calls).toMatchObject({
      page: '1',
      numpages: '3',
      pagesize: '1',
      total: '3',
      start: '1',
      end: '1',
      uri: '/2012-04-24/Calls?To=%2B1%262&Page=1&PageSize=1',
      firstpageuri: '/2012-04-24/Calls?To=%2B1%262&Page=0&PageSize=1',
      previouspageuri: '/2012-04-24/Calls?To=%2B1%262&Page=0&PageSize=1',
      nextpageuri: '/2012-04-24/Calls?To=%2B1%262&Page=2&PageSize=1',
      lastpageuri: '/2012-04-24/Calls?To=%2B1%262&Page=2&PageSize=1',
      Call: { Sid: SID },
    });
  });

  test('an empty list has no calls and empty page URIs', () => {
    expect(parse(xmlRepresentation.page(pageOf(EMPTY), PATH)).Calls).toMatchObject({
      total: '0',
      previouspageuri: '',
      nextpageuri: '',
      lastpageuri: '/2012-04-24/Calls?Page=0&PageSize=1',
    });
  });

  test('whatever a name holds, the document is well-formed and says the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const xml = xmlRepresentation.call({ ...queued, to: `a${name}z` }, PATH);
        expect(XMLValidator.validate(xml)).toBe(true);
        expect(visible(parse(xml).Call.To)).toBe(`a${visible(name)}z`);
      }),
    );
  });

  test('markup in a message is text', () => {
    expect(xmlRepresentation.message(400, '<a> & "b"\u0001')).toBe(
      '<RestcommResponse>\n  <Message>&lt;a&gt; &amp; &quot;b&quot;</Message>\n</RestcommResponse>\n',
    );
  });
});

describe('JSON', () => {
  test('a call has every name, with null for what is absent', () => {
    expect(JSON.parse(jsonRepresentation.call(queued, PATH))).toEqual({
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
      sip_code: null,
      sip_reason: null,
      q850_cause: null,
      hangup_side: null,
      end_reason: null,
    });
  });

  test('an ended call says how it ended', () => {
    expect(JSON.parse(jsonRepresentation.call(ended, PATH))).toMatchObject({
      duration: 61,
      price: '0.0120',
      price_unit: 'USD',
      queue_time: 12,
      sip_code: 200,
      sip_reason: 'OK',
      q850_cause: 16,
      hangup_side: 'remote',
      end_reason: 'hangup',
    });
  });

  test('a page carries its place and the URIs around it', () => {
    const page = JSON.parse(jsonRepresentation.page(pageOf({ page: 2, filters: [] }), PATH));
    expect(page).toMatchObject({
      page: 2,
      num_pages: 3,
      page_size: 1,
      total: 3,
      uri: '/2012-04-24/Calls.json?Page=2&PageSize=1',
      first_page_uri: '/2012-04-24/Calls.json?Page=0&PageSize=1',
      previous_page_uri: '/2012-04-24/Calls.json?Page=1&PageSize=1',
      next_page_uri: null,
      last_page_uri: '/2012-04-24/Calls.json?Page=2&PageSize=1',
      calls: [{ sid: SID }],
    });
  });

  test('an empty list has real nulls', () => {
    expect(JSON.parse(jsonRepresentation.page(pageOf(EMPTY), PATH))).toMatchObject({
      calls: [],
      previous_page_uri: null,
      next_page_uri: null,
    });
  });
});

function parse(xml: string) {
  const options = {
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    trimValues: false,
  };
  return new XMLParser(options).parse(xml).RestcommResponse;
}

/** Without what XML cannot carry, or carries as another line end. */
function visible(text: string): string {
  return text.replace(/\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, '');
}
