import type { Call } from '@trunkline/contracts';
import { type PageOfCalls, pageUris } from './page-of-calls.js';
import type { Representation } from './representation.js';

/** JSON with the names of the original API; what is absent is null, and times are ISO 8601 in UTC with milliseconds. */
export const jsonRepresentation: Representation = {
  contentType: 'application/json',
  call: (call, callsPath) => JSON.stringify(callObject(call, callsPath)),
  callUri: (callSid, callsPath) => `${callsPath}/${callSid}.json`,
  page: (page, callsPath) => JSON.stringify(pageObject(page, callsPath)),
  message: (status, message) => JSON.stringify({ status, message }),
};

function callObject(call: Call, callsPath: string): Record<string, string | number | null> {
  return {
    sid: call.sid,
    date_created: call.dateCreated,
    date_updated: call.dateUpdated,
    parent_call_sid: call.parentCallSid,
    account_sid: call.accountSid,
    to: call.to,
    from: call.from,
    phone_number_sid: call.phoneNumberSid,
    status: call.status,
    start_time: call.startTime,
    end_time: call.endTime,
    duration: call.durationSeconds,
    price: call.price,
    price_unit: call.priceUnit,
    direction: call.direction,
    answered_by: call.answeredBy,
    api_version: call.apiVersion,
    forwarded_from: call.forwardedFrom,
    caller_name: call.callerName,
    uri: jsonRepresentation.callUri(call.sid, callsPath),
    queue_time: call.queueTimeMs,
    sip_code: call.sipCode,
    sip_reason: call.sipReason,
    q850_cause: call.q850Cause,
    hangup_side: call.hangupSide,
    end_reason: call.endReason,
  };
}

/** `calls` is the one array, and stands last: clients of paged lists look for it. */
function pageObject(page: PageOfCalls, callsPath: string): Record<string, unknown> {
  const uris = pageUris(page, `${callsPath}.json`);
  return {
    page: page.page,
    num_pages: page.pageCount,
    page_size: page.pageSize,
    total: page.total,
    start: page.start,
    end: page.end,
    uri: uris.uri,
    first_page_uri: uris.first,
    previous_page_uri: uris.previous,
    next_page_uri: uris.next,
    last_page_uri: uris.last,
    calls: page.calls.map((call) => callObject(call, callsPath)),
  };
}
