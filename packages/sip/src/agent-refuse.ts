import { createHmac, randomBytes } from 'node:crypto';
import { ALLOWED_METHODS, SDP_TYPE } from './agent-context.js';
import type { SipRequest, SipResponse } from './message.js';
import { listOf } from './message-fields.js';
import { createResponse, type ResponseOptions } from './message-response.js';

/** An answer before it is written for a request. */
export interface Verdict {
  status: number;
  options?: ResponseOptions;
}

/** A method that SIP has and we do not offer is 405, one that nobody has heard of is 501 (RFC 3261 §21.4.6, §21.5.2). */
export function judgeMethod(method: string): Verdict {
  return {
    status: KNOWN_METHODS.has(method) ? 405 : 501,
    options: { headers: [['Allow', ALLOWED_METHODS]] },
  };
}

const KNOWN_METHODS = new Set([
  'REGISTER',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'MESSAGE',
  'REFER',
  ...ALLOWED_METHODS.split(', '),
]);

/** What we can do (RFC 3261 §11.2); a trunk's sign of life. */
export function describeOptions(available: boolean): Verdict {
  const headers: [string, string][] = [
    ['Allow', ALLOWED_METHODS],
    ['Accept', SDP_TYPE],
    ['Supported', ''],
  ];
  return { status: available ? 200 : 503, options: { headers } };
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
  return request.method === 'CANCEL' ? null : judgeExtensions(request);
}

const SCHEMES = new Set(['sip', 'sips', 'tel']);

/** We speak no extension that can be required (RFC 3261 §8.2.2.3). */
function judgeExtensions(request: SipRequest): Verdict | null {
  const required = listOf(request, 'Require');
  if (required.length === 0) return null;
  return { status: 420, options: { headers: [['Unsupported', required.join(', ')]] } };
}

/**
 * The answer to a request that has no transaction: it belongs to no call, or is too broken for one. Its tag is made of the
 * request, so that each retransmission gets the same (RFC 3261 §8.2.7).
 */
export function answerWithoutState(request: SipRequest, { status, options }: Verdict): SipResponse {
  const call = ['Via', 'Call-ID', 'CSeq'].map((name) => request.headers.get(name) ?? '').join('\n');
  const toTag = createHmac('sha256', SECRET).update(call).digest('hex').slice(0, 16);
  return createResponse(request, status, { ...options, toTag });
}

const SECRET = randomBytes(16);
