import { isIP } from 'node:net';

/** The From of a caller id, at our own address. */
export function callerUri(from: string, host: string, port: number): string {
  return `sip:${escapeUser(from)}@${formatHostPort(host, port)}`;
}

/** Writes a host and port as they stand in a URI: an IPv6 address in brackets (RFC 3261 §25.1). */
export function formatHostPort(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** Percent-encodes what a user part may not hold (RFC 3261 §25.1, `user`), so that no address breaks out of its URI. */
export function escapeUser(user: string): string {
  return Array.from(new TextEncoder().encode(user), (byte) => {
    const char = String.fromCharCode(byte);
    return USER_CHARACTER.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** `unreserved` and `user-unreserved`, but for `;` and `?`, which too many peers read as the end of the user. */
const USER_CHARACTER = /^[A-Za-z0-9\-_.!~*'()&=+$,/]$/;
