import { SipParseError, UnsafeValueError } from './errors.js';
import { isAll, skipAll, TOKEN, URI_HEADERS, URI_PARAM, USER } from './parse-characters.js';
import { isHost, isPort, parsePort, skipHost } from './parse-host.js';

/** A sip: or sips: URI (RFC 3261 §19.1.1). Nothing is unescaped. */
export interface SipUri {
  /** Lower case. */
  scheme: string;
  user?: string;
  password?: string;
  /** IPv6 in brackets. */
  host: string;
  port?: number;
  /** Names in lower case, values as written; null for a name without a value. */
  params: ReadonlyMap<string, string | null>;
  /** What follows the question mark, as written. */
  headers?: string;
}

const COLON = 0x3a;
const SEMICOLON = 0x3b;
const NO_PARAMS: ReadonlyMap<string, string | null> = new Map();

/** Reads a sip: or sips: URI. @throws SipParseError (416 for another scheme, otherwise 400) */
export function parseUri(text: string): SipUri {
  const scheme = schemeOf(text);
  if (scheme !== 'sip' && scheme !== 'sips') throw new SipParseError('Unsupported URI Scheme', 416);
  if (text.includes('%') && !hasWholeEscapes(text)) throw malformed();
  const from = scheme.length + 1;
  const at = text.indexOf('@', from);
  const hostFrom = at < 0 ? from : at + 1;
  const hostEnd = skipHost(text, hostFrom);
  const uri: SipUri = { scheme, host: text.slice(hostFrom, hostEnd), params: NO_PARAMS };
  if (at >= 0) readUserInfo(text.slice(from, at), uri);
  readRest(text, hostEnd, uri);
  return uri;
}

/**
 * The scheme of any URI, in lower case.
 *
 * @throws SipParseError when the text does not begin with one (RFC 3986 §3.1)
 */
export function schemeOf(text: string): string {
  if (text.startsWith('sip:')) return 'sip';
  const scheme = text.slice(0, Math.max(0, text.indexOf(':'))).toLowerCase();
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) throw malformed();
  return scheme;
}

function readUserInfo(text: string, uri: SipUri): void {
  const colon = text.indexOf(':');
  const user = colon < 0 ? text : text.slice(0, colon);
  if (!isAll(USER, user)) throw malformed();
  uri.user = user;
  if (colon < 0) return;
  const password = text.slice(colon + 1);
  if (password !== '' && !isAll(USER, password)) throw malformed();
  uri.password = password;
}

function readRest(text: string, from: number, uri: SipUri): void {
  if (from === text.length) return;
  const question = text.indexOf('?', from);
  if (question >= 0) {
    const headers = text.slice(question + 1);
    if (!isAll(URI_HEADERS, headers)) throw malformed();
    uri.headers = headers;
  }
  const end = question < 0 ? text.length : question;
  const semicolon = text.indexOf(';', from);
  const portEnd = semicolon < 0 || semicolon > end ? end : semicolon;
  if (portEnd > from) {
    if (text.charCodeAt(from) !== COLON) throw malformed();
    uri.port = parsePort(text.slice(from + 1, portEnd));
  }
  if (portEnd < end) uri.params = readParams(text, portEnd, end);
}

/** Reads `;name=value` pairs; `from` is at the first semicolon. */
function readParams(text: string, from: number, end: number): ReadonlyMap<string, string | null> {
  const params = new Map<string, string | null>();
  for (let at = from; at < end; ) {
    const pairEnd = skipAll(URI_PARAM, text, at + 1);
    if (pairEnd < end && text.charCodeAt(pairEnd) !== SEMICOLON) throw malformed();
    readParam(text.slice(at + 1, Math.min(pairEnd, end)), params);
    at = pairEnd;
  }
  return params;
}

function readParam(pair: string, into: Map<string, string | null>): void {
  const equals = pair.indexOf('=');
  const name = (equals < 0 ? pair : pair.slice(0, equals)).toLowerCase();
  if (name === '' || into.has(name)) throw malformed();
  into.set(name, equals < 0 ? null : pair.slice(equals + 1));
}

function hasWholeEscapes(text: string): boolean {
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
    if (!/^[0-9A-Fa-f]{2}$/.test(text.slice(at + 1, at + 3))) return false;
  }
  return true;
}

function malformed(): SipParseError {
  return new SipParseError('Malformed URI');
}

/** @throws UnsafeValueError when a part would not stay inside its place */
export function formatUri(uri: SipUri): string {
  if (!isWritable(uri)) throw new UnsafeValueError('a URI has characters that cannot be written');
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += uri.password === undefined ? `${uri.user}@` : `${uri.user}:${uri.password}@`;
  }
  text += uri.port === undefined ? uri.host : `${uri.host}:${uri.port}`;
  for (const [name, value] of uri.params) text += value === null ? `;${name}` : `;${name}=${value}`;
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}

function isWritable(uri: SipUri): boolean {
  return (
    isAll(TOKEN, uri.scheme) &&
    (uri.user === undefined ? uri.password === undefined : isAll(USER, uri.user)) &&
    (!uri.password || isAll(USER, uri.password)) &&
    isHost(uri.host) &&
    isPort(uri.port) &&
    [...uri.params].every(([name, value]) => isAll(URI_PARAM, name) && (!value || isAll(URI_PARAM, value))) &&
    (uri.headers === undefined || isAll(URI_HEADERS, uri.headers))
  );
}

/**
 * The unescaped user (sip:, sips:) or number (tel:) of a URI, to compare and to show; '' when there is none or the URI
 * cannot be read. May hold any character: escape it again before it is written anywhere. Never throws.
 */
export function userOf(uri: string): string {
  try {
    if (schemeOf(uri) !== 'tel') return unescapeUser(parseUri(uri).user ?? '');
    return unescapeUser(uri.slice('tel:'.length).split(';', 1)[0] ?? '');
  } catch (error) {
    if (error instanceof SipParseError) return '';
    throw error;
  }
}

function unescapeUser(user: string): string {
  if (!user.includes('%')) return user;
  try {
    return decodeURIComponent(user);
  } catch {
    // Escapes that are no UTF-8: there is no better reading than the text itself.
    return user;
  }
}
