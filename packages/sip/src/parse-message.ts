import { SipParseError } from './errors.js';
import type { SipMessage } from './message.js';

/** True for a datagram that is only CR, LF and NUL: a keep-alive (RFC 5626 §3.5.1), not a message; ignore it on UDP. */
export function isKeepAlive(data: Buffer): boolean {
  return data.every((byte) => byte === 0 || byte === 13 || byte === 10);
}

/** Reads one datagram. @throws SipParseError */
export function parseMessage(data: Buffer): SipMessage {
  throw new SipParseError(`not there yet ${data.length}`);
}
