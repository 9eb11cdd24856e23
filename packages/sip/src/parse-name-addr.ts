import { SipParseError, UnsafeValueError } from './errors.js';
import {
  hasControl,
  isVisible,
  quote,
  skipQuoted,
  skipSpace,
  trimSpace,
  unquote,
} from './parse-characters.js';
import { formatParameters, parseParameters } from './parse-parameters.js';
import { schemeOf } from './parse-uri.js';

/** The value of From, To, Contact, Route, Record-Route (RFC 3261 §20.10, §25.1). */
export interface NameAddr {
  /** Without its quotes and escapes; null when there is none. */
  displayName: string | null;
  /** As written, any scheme. `*` for the Contact that removes all. */
  uri: string;
  /** Names in lower case; values as written, quotes included; null for a name without a value. */
  params: ReadonlyMap<string, string | null>;
}

/** Reads `"Name" <uri>;params`, `Name <uri>;params` or `uri;params`. @throws SipParseError */
export function parseNameAddr(text: string): NameAddr {
  const from = skipSpace(text, 0);
  if (text.charCodeAt(from) === 0x22) return parseQuotedName(text, from);
  const bracket = text.indexOf('<', from);
  if (bracket < 0) return parseBareAddress(text, from);
  const name = trimSpace(text.slice(from, bracket));
  // A bracket that comes after these belongs to a parameter of a bare address, or to nothing at all.
  if (/[:;,"]/.test(name)) return parseBareAddress(text, from);
  return readBracketed(text, bracket, name === '' ? null : name);
}

function parseQuotedName(text: string, from: number): NameAddr {
  const end = skipQuoted(text, from);
  if (end < 0) throw new SipParseError('Unbalanced quotes');
  const bracket = skipSpace(text, end);
  if (text.charCodeAt(bracket) !== 0x3c) throw malformed();
  return readBracketed(text, bracket, unquote(text.slice(from, end)));
}

function readBracketed(text: string, bracket: number, displayName: string | null): NameAddr {
  const end = text.indexOf('>', bracket);
  const uri = text.slice(bracket + 1, end);
  if (end < 0 || !isUri(uri)) throw malformed();
  return { displayName, uri, params: parseParameters(text, end + 1) };
}

/** Without brackets, `;` begins the header's parameters, and `,` and `?` must not come before it (RFC 3261 §20). */
function parseBareAddress(text: string, from: number): NameAddr {
  const semicolon = text.indexOf(';', from);
  const end = semicolon < 0 ? text.length : semicolon;
  const uri = trimSpace(text.slice(from, end));
  if (uri !== '*' && (/[,?]/.test(uri) || !isUri(uri))) throw malformed();
  return { displayName: null, uri, params: parseParameters(text, end) };
}

/** Any scheme, since From and To may have any; what follows it is read by who needs it. */
function isUri(text: string): boolean {
  return isVisible(text) && schemeOf(text).length + 1 < text.length;
}

function malformed(): SipParseError {
  return new SipParseError('Malformed address');
}

/** Always with angle brackets, the display name always quoted. @throws UnsafeValueError on CR, LF and the like */
export function formatNameAddr(addr: NameAddr): string {
  const name = addr.displayName === null ? '' : `${quoteName(addr.displayName)} `;
  if (addr.uri === '*') return `*${formatParameters(addr.params)}`;
  if (!isVisible(addr.uri)) throw new UnsafeValueError('a URI has characters that cannot be written');
  return `${name}<${addr.uri}>${formatParameters(addr.params)}`;
}

function quoteName(name: string): string {
  if (hasControl(name)) throw new UnsafeValueError('a display name has control characters');
  return quote(name);
}

/** The tag of a From or To value; null when there is none or it cannot be read. Never throws. */
export function tagOf(nameAddrHeader: string): string | null {
  try {
    return parseNameAddr(nameAddrHeader).params.get('tag') ?? null;
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}
