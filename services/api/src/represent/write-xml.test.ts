import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import {
  at2010,
  at2012,
  callItem,
  callPage,
  EMPTY,
  ended,
  parseXml,
  queued,
  SID,
} from '../testing/representation.js';
import { DOOR_2010, DOOR_2012 } from './door.js';
import { xmlWriter } from './write-xml.js';

test('a call has the properties of the specification in its order, and absent ones are empty', () => {
  expect(xmlWriter.item(callItem(queued), at2012(''))).toBe(`<RestcommResponse>
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
  const xml = xmlWriter.item(callItem({ ...ended, durationSeconds: 0 }), at2012(''));
  expect(xml).toContain('<Duration>0</Duration>');
});

test('at the door of 2010 a call has another root, other times and more properties', () => {
  const { TwilioResponse } = parseXml(xmlWriter.item(callItem(ended), at2010('')));
  expect(TwilioResponse.Call).toMatchObject({
    AccountSid: queued.accountSid,
    StartTime: 'Tue, 24 Nov 2026 10:00:05 +0000',
    Uri: `/2010-04-01/Accounts/${queued.accountSid}/Calls/${SID}`,
  });
});

test('a page carries its place and the URIs around it, with the filters', () => {
  const { Calls } = parseXml(
    xmlWriter.page(callPage(), at2012(''), '/2012-04-24/Calls').text,
  ).RestcommResponse;
  expect(Calls).toMatchObject({
    page: '1',
    numpages: '3',
    pagesize: '1',
    total: '3',
    start: '1',
    end: '1',
    uri: '/2012-04-24/Calls?To=%2B1%262&Page=1&PageSize=1',
    firstpageuri: '/2012-04-24/Calls?To=%2B1%262&Page=0&PageSize=1',
    previouspageuri: '/2012-04-24/Calls?To=%2B1%262&Page=0&PageSize=1&PageToken=PB%3Cx',
    nextpageuri: '/2012-04-24/Calls?To=%2B1%262&Page=2&PageSize=1&PageToken=PAx',
    lastpageuri: '/2012-04-24/Calls?To=%2B1%262&Page=2&PageSize=1',
    Call: { Sid: SID },
  });
});

test('an empty list has no calls and empty page URIs', () => {
  const { text } = xmlWriter.page(callPage(EMPTY), at2012(''), '/2012-04-24/Calls');
  expect(parseXml(text).RestcommResponse.Calls).toMatchObject({
    total: '0',
    previouspageuri: '',
    nextpageuri: '',
    lastpageuri: '/2012-04-24/Calls?Page=0&PageSize=1',
  });
});

test('whatever a name holds, the document is well-formed and says the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
      const xml = xmlWriter.item(callItem({ ...queued, to: `a${name}z` }), at2012(''));
      expect(XMLValidator.validate(xml)).toBe(true);
      expect(visible(parseXml(xml).RestcommResponse.Call.To)).toBe(`a${visible(name)}z`);
    }),
  );
});

const refusal = { status: 404, code: 20404, message: '<a> & "b"\u0001', headers: {}, isFault: false };

test('markup in a message is text', () => {
  expect(xmlWriter.error(refusal, DOOR_2012)).toBe(
    '<RestcommResponse>\n  <Message>&lt;a&gt; &amp; &quot;b&quot;</Message>\n  <Code>20404</Code>\n</RestcommResponse>\n',
  );
});

test('an error at the door of 2010 is a RestException', () => {
  expect(
    parseXml(xmlWriter.error({ ...refusal, message: 'no' }, DOOR_2010)).TwilioResponse.RestException,
  ).toMatchObject({
    Code: '20404',
    Message: 'no',
    MoreInfo: '/docs/errors#20404',
    Status: '404',
  });
});

/** Without what XML cannot carry, or what the parser reads as another line end. */
function visible(text: string): string {
  return text.replace(/&#13;|\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, '');
}
