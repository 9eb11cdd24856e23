import { formatHostPort, type Trunk } from './trunks.js';

/** The Request-URI, and the To, of a number or name (the api takes no URIs) behind a trunk. */
export function calleeUri(to: string, trunk: Trunk): string {
  return `sip:${escapeUser(to)}@${formatHostPort(trunk.host, trunk.port)}`;
}

/** The From of a caller id, at our own address. */
export function callerUri(from: string, host: string, port: number): string {
  return `sip:${escapeUser(from)}@${formatHostPort(host, port)}`;
}

/** Percent-encodes what a user part may not hold (RFC 3261 §25.1, `user`), so that no address breaks out of its URI. */
function escapeUser(user: string): string {
  return Array.from(new TextEncoder().encode(user), (byte) => {
    const char = String.fromCharCode(byte);
    return USER_CHARACTER.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** `unreserved` and `user-unreserved`, but for `;` and `?`, which too many peers read as the end of the user. */
const USER_CHARACTER = /^[A-Za-z0-9\-_.!~*'()&=+$,/]$/;
