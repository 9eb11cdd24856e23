import { UnsafeValueError } from './errors.js';
import type { SipMessage } from './message.js';
import { usualHeaderName } from './message-header-names.js';
import { hasControl, isAll, isVisible, TOKEN } from './parse-characters.js';

/**
 * Writes a message as one datagram. Names come out in their long forms; Content-Length is ours, in bytes, and last: one that
 * is among the headers is left out.
 *
 * @throws UnsafeValueError when a value has CR, LF or another control, or a name, method or URI cannot be written: what users give
 *   (caller ids, display names, headers) must not become headers of its own.
 */
export function serializeMessage(message: SipMessage): Buffer {
  const isResponse = message.kind === 'response';
  return write(message, (value, name) => safeText(value, name, isResponse));
}

/**
 * Writes a message that goes on as it came, as one datagram: other elements may have let odd characters pass, and so do we.
 *
 * @throws UnsafeValueError when a value has CR or LF
 */
export function serializeRelayed(message: SipMessage): Buffer {
  return write(message, unbroken);
}

function write(message: SipMessage, textOf: (value: string, name: string) => string): Buffer {
  let head = message.kind === 'request' ? requestLine(message) : statusLine(message);
  message.headers.forEach((name, value) => {
    if (name === 'Content-Length') return;
    if (usualHeaderName(name) === undefined && !isAll(TOKEN, name)) {
      throw new UnsafeValueError('a header name cannot be written');
    }
    head += `${name}: ${textOf(value, name)}\r\n`;
  });
  head += `Content-Length: ${message.body.length}\r\n\r\n`;
  return message.body.length === 0 ? Buffer.from(head) : Buffer.concat([Buffer.from(head), message.body]);
}

function requestLine({ method, uri }: { method: string; uri: string }): string {
  if (!isAll(TOKEN, method)) throw new UnsafeValueError('the method cannot be written');
  if (!isVisible(uri)) throw new UnsafeValueError('the Request-URI cannot be written');
  return `${method} ${uri} SIP/2.0\r\n`;
}

function statusLine({ status, reason }: { status: number; reason: string }): string {
  if (!Number.isInteger(status) || status < 100 || status > 699) {
    throw new UnsafeValueError('the status is none');
  }
  return `SIP/2.0 ${status} ${safeText(reason, 'the reason phrase', true)}\r\n`;
}

/** What a response copies of its request, and a dialog of its peer: the peer may have escaped controls in it. */
const COPIED = new Set(['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Record-Route', 'Route', 'Timestamp']);

/** A control has no place in a value (RFC 3261 §25.1), but behind a backslash in a quoted string that came from a peer. */
function safeText(value: string, name: string, isResponse: boolean): string {
  if (!hasControl(value)) return value;
  unbroken(value, name);
  const isPeers = COPIED.has(name) && (isResponse || !hasControl(value.replace(/\\./gs, '')));
  if (!isPeers) throw new UnsafeValueError(`${name} has control characters`);
  return value;
}

function unbroken(value: string, name: string): string {
  if (/[\r\n]/.test(value)) throw new UnsafeValueError(`${name} has a line break`);
  return value;
}
