import { createHmac, randomBytes } from 'node:crypto';
import { ALLOWED_METHODS, SDP_TYPE } from './agent-context.js';
import { typeOf } from './agent-session-peer.js';
import { isTooBrief, MIN_SESSION_SECONDS } from './agent-session-timer.js';
import type { SipRequest, SipResponse } from './message.js';
import { listOf, toOf } from './message-fields.js';
import { createResponse, type ResponseOptions } from './message-response.js';
import { withoutControls } from './parse-characters.js';

/** An answer before it is written for a request. */
export interface Verdict {
  status: number;
  options?: ResponseOptions;
}

/** The extensions that we speak, for Supported (RFC 3262, RFC 4028). */
export const SUPPORTED_EXTENSIONS = '100rel, timer';

/**
 * What a method gets that nothing is done for. One that only means something in a call finds none; a transfer is nobody's to
 * ask for from outside of it; a method that SIP has and we do not offer is 405, one that nobody has heard of is 501 (RFC 3261
 * §21.4.6, §21.5.2).
 */
export function judgeMethod(method: string): Verdict {
  if (method === 'REFER') return { status: 603 };
  if (CALL_METHODS.has(method)) return { status: 481 };
  return {
    status: KNOWN_METHODS.has(method) ? 405 : 501,
    options: { headers: [['Allow', ALLOWED_METHODS]] },
  };
}

const CALL_METHODS = new Set(['BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO', 'NOTIFY']);

const KNOWN_METHODS = new Set([
  'REGISTER',
  'SUBSCRIBE',
  'PUBLISH',
  'MESSAGE',
  ...ALLOWED_METHODS.split(', '),
]);

/** What we can do (RFC 3261 §11.2); a trunk's sign of life. */
export function describeOptions(available: boolean): Verdict {
  const headers: [string, string][] = [
    ['Allow', ALLOWED_METHODS],
    ['Accept', SDP_TYPE],
    ['Supported', SUPPORTED_EXTENSIONS],
  ];
  return { status: available ? 200 : 503, options: { headers } };
}

/** DTMF by INFO is confirmed and told; what else INFO may carry we do not read (RFC 6086 §4.2.2). */
export function judgeInfo(request: SipRequest): Verdict {
  if (request.headers.has('Info-Package')) return BAD_INFO_PACKAGE;
  const type = typeOf(request.headers.get('Content-Type'));
  if (request.body.length === 0 || INFO_TYPES.includes(type)) return { status: 200 };
  return { status: 415, options: { headers: [['Accept', INFO_TYPES.join(', ')]] } };
}

/** RFC 6086 §5.2. */
const BAD_INFO_PACKAGE: Verdict = {
  status: 469,
  options: { reason: 'Bad Info Package', headers: [['Recv-Info', '']] },
};

const INFO_TYPES = ['application/dtmf-relay', 'application/dtmf'];

/** We subscribe to nothing: news of a transfer have no subscription, and other events we do not know (RFC 6665 §4.1.3). */
export function judgeNotify(request: SipRequest): Verdict {
  return { status: typeOf(request.headers.get('Event')) === 'refer' ? 481 : 489 };
}

/** Why we do not read a body (RFC 3261 §21.4.13). */
export const UNREADABLE_BODY: Verdict = { status: 415, options: { headers: [['Accept', SDP_TYPE]] } };

/**
 * What RFC 3261 §8.2.1 to §8.2.3 has looked at before a request means anything; null when it is fit. `isMerged`: see
 * TransactionUser.
 */
export function judgeFitness(request: SipRequest, isMerged: boolean): Verdict | null {
  const scheme = request.uri.slice(0, request.uri.indexOf(':')).toLowerCase();
  if (!SCHEMES.has(scheme)) return { status: 416 };
  if (isMerged) return { status: 482 };
  if (request.method === 'CANCEL') return null;
  return judgeExtensions(request) ?? judgeReplaces(request) ?? judgeAccept(request) ?? judgeInterval(request);
}

const SCHEMES = new Set(['sip', 'sips', 'tel']);

/** Only what we do not speak is listed (RFC 3261 §8.2.2.3). */
function judgeExtensions(request: SipRequest): Verdict | null {
  const unknown = listOf(request, 'Require').filter((tag) => !SPOKEN.has(tag.toLowerCase()));
  if (unknown.length === 0) return null;
  return { status: 420, options: { headers: [['Unsupported', withoutControls(unknown.join(', '))]] } };
}

const SPOKEN = new Set(SUPPORTED_EXTENSIONS.split(', '));

/** A call that is to take another's place is no call of its own: that other one is not ours to give (RFC 3891 §3). */
function judgeReplaces(request: SipRequest): Verdict | null {
  return request.method === 'INVITE' && request.headers.has('Replaces') ? { status: 481 } : null;
}

/** Who reads no SDP could make nothing of our answer (RFC 3261 §21.4.7); who says nothing reads it (§20.1). */
function judgeAccept(request: SipRequest): Verdict | null {
  if (request.method !== 'INVITE' || !request.headers.has('Accept')) return null;
  const readsSdp = listOf(request, 'Accept').some((range) => SDP_RANGES.has(typeOf(range)));
  return readsSdp ? null : { status: 406 };
}

const SDP_RANGES = new Set([SDP_TYPE, 'application/*', '*/*']);

/** RFC 4028 §9. */
function judgeInterval(request: SipRequest): Verdict | null {
  if (!(request.method === 'INVITE' || request.method === 'UPDATE') || !isTooBrief(request)) return null;
  return { status: 422, options: { headers: [['Min-SE', String(MIN_SESSION_SECONDS)]] } };
}

/**
 * The answer to a request that has no transaction: it belongs to no call, or is too broken for one. Its tag is made of the
 * request, so that each retransmission gets the same (RFC 3261 §8.2.7).
 */
export function answerWithoutState(request: SipRequest, { status, options }: Verdict): SipResponse {
  return createResponse(request, status, { ...options, toTag: tagFor(request, request.method) });
}

/** Whether an ACK is that of an INVITE which `answerWithoutState` answered (RFC 3261 §17.1.1.3). */
export function acknowledgesAnswer(ack: SipRequest): boolean {
  return toOf(ack).params.get('tag') === tagFor(ack, 'INVITE');
}

function tagFor({ headers }: SipRequest, method: string): string {
  const number = (headers.get('CSeq') ?? '').trim().split(/\s/, 1)[0];
  const call = [headers.get('Via'), headers.get('Call-ID'), number, method].join('\n');
  return createHmac('sha256', SECRET).update(call).digest('hex').slice(0, 16);
}

const SECRET = randomBytes(16);
