import { SipParseError, UnsafeValueError } from './errors.js';
import { isAll, skipAll, skipSpace, TOKEN } from './parse-characters.js';
import { isHost, isPort, parsePort, skipHost } from './parse-host.js';
import { formatParameters, readParameters } from './parse-parameters.js';

/** One Via value (RFC 3261 §20.42). */
export interface Via {
  /** Upper case. */
  transport: string;
  /** sent-by; IPv6 in brackets. */
  host: string;
  port?: number;
  /** Names in lower case, values as written; `rport` without a value is null (RFC 3581). */
  params: Map<string, string | null>;
}

/** How nearly all begin. */
const PLAIN = 'SIP/2.0/';
const SLASH = 0x2f;
const COLON = 0x3a;

/** Reads `SIP/2.0/UDP host:port;params`, spaces allowed where the RFC has them. Any version, so that 505 finds its way back. */
export function parseVia(text: string): Via {
  const transport = readToken(text, text.startsWith(PLAIN) ? PLAIN.length : skipVersion(text));
  const hostFrom = skipSpace(text, transport.end);
  if (hostFrom === transport.end) throw new SipParseError('Malformed Via');
  const hostEnd = skipHost(text, hostFrom);
  const via: Via = {
    transport: transport.token.toUpperCase(),
    host: text.slice(hostFrom, hostEnd),
    params: new Map(),
  };
  readParameters(text, readPort(text, hostEnd, via), via.params);
  return via;
}

function skipVersion(text: string): number {
  const name = readToken(text, 0);
  if (name.token.toUpperCase() !== 'SIP') throw new SipParseError('Malformed Via');
  return skipSlash(text, readToken(text, skipSlash(text, name.end)).end);
}

function readToken(text: string, from: number): { token: string; end: number } {
  const start = skipSpace(text, from);
  const end = skipAll(TOKEN, text, start);
  if (end === start) throw new SipParseError('Malformed Via');
  return { token: text.slice(start, end), end };
}

function skipSlash(text: string, from: number): number {
  const at = skipSpace(text, from);
  if (text.charCodeAt(at) !== SLASH) throw new SipParseError('Malformed Via');
  return at + 1;
}

function readPort(text: string, from: number, via: Via): number {
  const colon = skipSpace(text, from);
  if (text.charCodeAt(colon) !== COLON) return from;
  const port = readToken(text, colon + 1);
  via.port = parsePort(port.token);
  return port.end;
}

/** Always as SIP/2.0. @throws UnsafeValueError when a part would not stay inside its place */
export function formatVia(via: Via): string {
  if (!isAll(TOKEN, via.transport) || !isHost(via.host) || !isPort(via.port)) {
    throw new UnsafeValueError('a Via has characters that cannot be written');
  }
  const sentBy = via.port === undefined ? via.host : `${via.host}:${via.port}`;
  return `SIP/2.0/${via.transport} ${sentBy}${formatParameters(via.params)}`;
}
