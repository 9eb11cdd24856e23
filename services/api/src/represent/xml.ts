import type { Call } from '@trunkline/contracts';
import { XMLBuilder } from 'fast-xml-parser';
import { type PageOfCalls, pageUris } from './page-of-calls.js';
import type { Representation } from './representation.js';

/** XML with exactly the specification's properties in its order; what is absent is an empty element. */
export const xmlRepresentation: Representation = {
  contentType: 'application/xml; charset=utf-8',
  call: (call, callsPath) => write({ Call: callElement(call, callsPath) }),
  callUri: (callSid, callsPath) => `${callsPath}/${callSid}`,
  page: (page, callsPath) => write({ Calls: pageElement(page, callsPath) }),
  message: (_status, message) => write({ Message: legal(message) }),
};

type Element = { [name: string]: string | number | Element | Element[] };

const ATTRIBUTE = '@';

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: ATTRIBUTE,
  format: true,
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
  processEntities: true,
});

function write(content: Element): string {
  return builder.build({ RestcommResponse: content });
}

function callElement(call: Call, callsPath: string): Element {
  return {
    Sid: call.sid,
    DateCreated: call.dateCreated,
    DateUpdated: call.dateUpdated,
    ParentCallSid: legal(call.parentCallSid),
    To: legal(call.to),
    From: legal(call.from),
    PhoneNumberSid: legal(call.phoneNumberSid),
    Status: call.status,
    StartTime: legal(call.startTime),
    EndTime: legal(call.endTime),
    Duration: call.durationSeconds ?? '',
    Price: legal(call.price),
    Direction: call.direction,
    AnsweredBy: legal(call.answeredBy),
    ApiVersion: legal(call.apiVersion),
    ForwardedFrom: legal(call.forwardedFrom),
    CallerName: legal(call.callerName),
    Uri: xmlRepresentation.callUri(call.sid, callsPath),
  };
}

function pageElement(page: PageOfCalls, callsPath: string): Element {
  const uris = pageUris(page, callsPath);
  return {
    ...attributes({
      page: page.page,
      numpages: page.pageCount,
      pagesize: page.pageSize,
      total: page.total,
      start: page.start,
      end: page.end,
      uri: uris.uri,
      firstpageuri: uris.first,
      previouspageuri: uris.previous ?? '',
      nextpageuri: uris.next ?? '',
      lastpageuri: uris.last,
    }),
    Call: page.calls.map((call) => callElement(call, callsPath)),
  };
}

function attributes(values: Record<string, string | number>): Element {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [ATTRIBUTE + name, value]));
}

/** Everything outside the production Char of XML 1.0 (§2.2): no escape makes it legal, so it is dropped. */
const ILLEGAL = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function legal(text: string | null): string {
  return text === null ? '' : text.replace(ILLEGAL, '');
}
