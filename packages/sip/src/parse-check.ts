import { SipParseError } from './errors.js';
import type { SipMessage, SipRequest } from './message.js';
import { cseqOf, fromOf, toOf, topVia } from './message-fields.js';
import { HEADER_MARKS } from './message-header-names.js';
import { isVisible, readNumber } from './parse-characters.js';
import { parseNameAddr } from './parse-name-addr.js';
import { parseUri, schemeOf } from './parse-uri.js';

const MAX_VIAS = 100;
const REQUIRED = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const;
/** With two of them, two elements may read two different messages (RFC 4475 §3.3.8, §3.3.9). */
const SINGLE = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Length', 'Content-Type'] as const;
const ALL_REQUIRED = REQUIRED.reduce((marks, name) => marks | HEADER_MARKS[name], 0);
const ALL_SINGLE = SINGLE.reduce((marks, name) => marks | HEADER_MARKS[name], 0);

/** What the dialog of a request is built from, which can be answered 400. */
const ROUTING = ['Contact', 'Record-Route', 'Route'];

/** Methods with a specification; a wrong CSeq on any other is told apart as 501 (RFC 4475 §3.1.2.18). */
const METHODS = new Set([
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'PRACK', 'UPDATE', 'INFO', 'REFER', 'MESSAGE'],
  ...['SUBSCRIBE', 'NOTIFY', 'PUBLISH'],
]);

/**
 * Holds a message to what every element needs of it (RFC 3261 §8.1.1, §8.2, §16.3): the headers that name its transaction
 * and dialog are there, once, and can be read, as can Contact, Route and Record-Route of a request. Everything else stays
 * unread. A response is never refused for its routes: it would be dropped, and its phone left off the hook.
 *
 * @throws SipParseError
 */
export function checkMessage(message: SipMessage): void {
  checkCounts(message);
  topVia(message);
  fromOf(message);
  toOf(message);
  checkCallId(message.headers.get('Call-ID') ?? '');
  const { method } = cseqOf(message);
  if (message.kind === 'request') checkRequest(message, method);
}

function checkCounts({ headers }: SipMessage): void {
  const { seen, repeated } = headers.marks();
  if ((seen & ALL_REQUIRED) !== ALL_REQUIRED) {
    const missing = REQUIRED.find((name) => (seen & HEADER_MARKS[name]) === 0);
    throw new SipParseError(`Missing ${missing}`);
  }
  if ((repeated & ALL_SINGLE) !== 0) {
    const double = SINGLE.find((name) => (repeated & HEADER_MARKS[name]) !== 0);
    throw new SipParseError(`More than one ${double}`);
  }
  if (repeated !== 0 && headers.count('Via') > MAX_VIAS) throw new SipParseError('Too many Vias');
}

function checkRouting(value: string): void {
  const { uri } = parseNameAddr(value);
  if (uri !== '*' && /^sips?:/i.test(uri)) parseUri(uri);
}

function checkCallId(callId: string): void {
  // Quotes and brackets are allowed in it (RFC 3261 §25.1 `word`), spaces and controls are not.
  if (!isVisible(callId) && !isVisible(callId.replaceAll(/["<>]/g, '_'))) {
    throw new SipParseError('Malformed Call-ID');
  }
}

function checkRequest(request: SipRequest, method: string): void {
  if (method !== request.method) {
    const known = METHODS.has(request.method);
    throw new SipParseError(known ? 'CSeq Method Mismatch' : 'Not Implemented', known ? 400 : 501);
  }
  const hops = request.headers.get('Max-Forwards');
  if (hops !== undefined && readNumber(hops, Number.MAX_VALUE) === null) {
    throw new SipParseError('Malformed Max-Forwards');
  }
  for (const name of ROUTING) for (const value of request.headers.getAll(name)) checkRouting(value);
  checkRequestUri(request.uri);
}

/** RFC 3261 §8.2.2.1, §19.1.5: no headers in a Request-URI. A tel: URI is taken, gateways send them (RFC 3966). */
function checkRequestUri(uri: string): void {
  if (schemeOf(uri) === 'tel') {
    if (uri.length === 'tel:'.length) throw new SipParseError('Malformed URI');
    return;
  }
  if (parseUri(uri).headers !== undefined) throw new SipParseError('Headers in Request-URI');
}
