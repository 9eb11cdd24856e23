import { isIPv6 } from 'node:net';
import { SipParseError } from './errors.js';
import { HOST, isAll, readNumber, skipAll } from './parse-characters.js';

const MAX_PORT = 65_535;
const LONGEST_IPV6 = 64;

/** The place after the host that begins at `from` (a name, IPv4, or IPv6 in brackets). @throws SipParseError */
export function skipHost(text: string, from: number): number {
  const isBracketed = text.charCodeAt(from) === 0x5b;
  const end = isBracketed ? text.indexOf(']', from) + 1 : skipAll(HOST, text, from);
  if (end <= from || (isBracketed && !isHost(text.slice(from, end))))
    throw new SipParseError('Malformed host');
  return end;
}

export function isHost(text: string): boolean {
  if (!text.startsWith('[')) return isAll(HOST, text);
  return text.endsWith(']') && text.length <= LONGEST_IPV6 && isIPv6(text.slice(1, -1));
}

/** 1 to 65535. @throws SipParseError */
export function parsePort(text: string): number {
  const port = readNumber(text, MAX_PORT);
  if (port === null || port === 0) throw new SipParseError('Malformed port');
  return port;
}

export function isPort(port: number | undefined): boolean {
  return port === undefined || (Number.isInteger(port) && port > 0 && port <= MAX_PORT);
}
