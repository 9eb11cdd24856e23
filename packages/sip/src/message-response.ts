import type { SipRequest, SipResponse } from './message.js';
import { SipHeaders } from './message-headers.js';
import { tagOf } from './parse-name-addr.js';

export interface ResponseOptions {
  reason?: string;
  /** Joins To when it has no tag yet. */
  toTag?: string;
  headers?: readonly (readonly [string, string])[];
  body?: string;
  /** Of the body; application/sdp unless told. */
  contentType?: string;
}

/** Builds a response to a request: what RFC 3261 §8.2.6.2 wants copied, copied, and nothing parsed that may be broken. */
export function createResponse(
  request: SipRequest,
  status: number,
  options: ResponseOptions = {},
): SipResponse {
  const headers = new SipHeaders();
  for (const via of request.headers.getAll('Via')) headers.append('Via', via);
  for (const name of status === 100 ? COPIED_BY_TRYING : COPIED) copy(request, name, headers);
  headers.append('To', taggedTo(request, options.toTag));
  for (const [name, value] of options.headers ?? []) headers.append(name, value);
  const body = Buffer.from(options.body ?? '', 'utf8');
  if (body.length > 0) headers.append('Content-Type', options.contentType ?? 'application/sdp');
  const reason = options.reason ?? REASONS.get(status) ?? 'Unknown';
  return { kind: 'response', status, reason, headers, body };
}

const COPIED = ['From', 'Call-ID', 'CSeq'] as const;

/** A 100 also says when the request left (RFC 3261 §8.2.6.1). */
const COPIED_BY_TRYING = [...COPIED, 'Timestamp'] as const;

/** The first only: a request that is refused for having two must not make a response with two. */
function copy(request: SipRequest, name: string, headers: SipHeaders): void {
  const value = request.headers.get(name);
  if (value !== undefined) headers.append(name, value);
}

function taggedTo(request: SipRequest, tag: string | undefined): string {
  const to = request.headers.get('To') ?? '';
  return tag === undefined || tagOf(to) !== null ? to : `${to};tag=${tag}`;
}

/** RFC 3261 §21, and those of later RFCs that we give or a simulated number may give. */
const REASONS = new Map<number, string>([
  [100, 'Trying'],
  [180, 'Ringing'],
  [181, 'Call Is Being Forwarded'],
  [182, 'Queued'],
  [183, 'Session Progress'],
  [199, 'Early Dialog Terminated'],
  [200, 'OK'],
  [202, 'Accepted'],
  [204, 'No Notification'],
  [300, 'Multiple Choices'],
  [301, 'Moved Permanently'],
  [302, 'Moved Temporarily'],
  [305, 'Use Proxy'],
  [380, 'Alternative Service'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [402, 'Payment Required'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [407, 'Proxy Authentication Required'],
  [408, 'Request Timeout'],
  [410, 'Gone'],
  [413, 'Request Entity Too Large'],
  [414, 'Request-URI Too Long'],
  [415, 'Unsupported Media Type'],
  [416, 'Unsupported URI Scheme'],
  [420, 'Bad Extension'],
  [421, 'Extension Required'],
  [422, 'Session Interval Too Small'],
  [423, 'Interval Too Brief'],
  [429, 'Provide Referrer Identity'],
  [430, 'Flow Failed'],
  [433, 'Anonymity Disallowed'],
  [439, 'First Hop Lacks Outbound Support'],
  [480, 'Temporarily Unavailable'],
  [481, 'Call/Transaction Does Not Exist'],
  [482, 'Loop Detected'],
  [483, 'Too Many Hops'],
  [484, 'Address Incomplete'],
  [485, 'Ambiguous'],
  [486, 'Busy Here'],
  [487, 'Request Terminated'],
  [488, 'Not Acceptable Here'],
  [489, 'Bad Event'],
  [491, 'Request Pending'],
  [493, 'Undecipherable'],
  [494, 'Security Agreement Required'],
  [500, 'Server Internal Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Server Time-out'],
  [505, 'Version Not Supported'],
  [513, 'Message Too Large'],
  [580, 'Precondition Failure'],
  [600, 'Busy Everywhere'],
  [603, 'Decline'],
  [604, 'Does Not Exist Anywhere'],
  [606, 'Not Acceptable'],
  [607, 'Unwanted'],
  [608, 'Rejected'],
]);
