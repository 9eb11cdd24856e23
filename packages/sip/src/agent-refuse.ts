import { createHmac, randomBytes } from 'node:crypto';
import { ALLOWED_METHODS, SDP_TYPE } from './agent-context.js';
import type { SipRequest, SipResponse } from './message.js';
import { listOf } from './message-fields.js';
import { createResponse, type ResponseOptions } from './message-response.js';
import { randomToken } from './random-token.js';
import type { ServerTransaction } from './transaction-server.js';

/** Answers outside of any call: a tag of its own on every one (RFC 3261 §8.2.6.2). */
export function refuse(transaction: ServerTransaction, status: number, options: ResponseOptions = {}): void {
  transaction.respond(createResponse(transaction.request, status, { toTag: randomToken(8), ...options }));
}

/** A method that SIP has and we do not offer is 405, one that nobody has heard of is 501 (RFC 3261 §21.4.6, §21.5.2). */
export function refuseMethod(transaction: ServerTransaction): void {
  const status = KNOWN_METHODS.has(transaction.request.method) ? 405 : 501;
  refuse(transaction, status, { headers: [['Allow', ALLOWED_METHODS]] });
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
export function answerOptions(transaction: ServerTransaction, available: boolean): void {
  refuse(transaction, available ? 200 : 503, {
    headers: [
      ['Allow', ALLOWED_METHODS],
      ['Accept', SDP_TYPE],
      ['Supported', ''],
    ],
  });
}

/**
 * What RFC 3261 §8.2.1 to §8.2.3 has looked at before a request means anything. True when it was refused.
 */
export function refuseUnfit(transaction: ServerTransaction): boolean {
  const { request } = transaction;
  const scheme = request.uri.slice(0, request.uri.indexOf(':')).toLowerCase();
  if (!SCHEMES.has(scheme)) refuse(transaction, 416);
  else if (transaction.isMerged) refuse(transaction, 482);
  else return request.method !== 'CANCEL' && refusesExtension(transaction);
  return true;
}

const SCHEMES = new Set(['sip', 'sips', 'tel']);

/** We speak no extension that can be required (RFC 3261 §8.2.2.3). */
function refusesExtension(transaction: ServerTransaction): boolean {
  const required = listOf(transaction.request, 'Require');
  if (required.length === 0) return false;
  refuse(transaction, 420, { headers: [['Unsupported', required.join(', ')]] });
  return true;
}

/**
 * The answer to a request too broken for a transaction, or null when it gets none. Its tag is made of the request, so that
 * each retransmission gets the same (RFC 3261 §8.2.7).
 */
export function answerUnreadable(request: SipRequest, status: number, reason: string): SipResponse | null {
  if (request.method === 'ACK') return null;
  const call = ['Via', 'Call-ID', 'CSeq'].map((name) => request.headers.get(name) ?? '').join('\n');
  const toTag = createHmac('sha256', SECRET).update(call).digest('hex').slice(0, 16);
  return createResponse(request, status, { reason, toTag });
}

const SECRET = randomBytes(16);
