import { UnsafeValueError } from './errors.js';
import { skipAll, skipQuoted, skipSpace, TOKEN } from './parse-characters.js';

/** Parameter names in lower case; values without their quotes, but with the escapes inside them. */
export type DigestParameters = ReadonlyMap<string, string>;

const SCHEME = 'digest';
const COMMA = 0x2c;
const EQUALS = 0x3d;
const QUOTE = 0x22;

/**
 * Reads `Digest name=value, name="value"` (RFC 7616 §3.3). The whole header value is one set of parameters: commas between
 * them are no list of headers. Null when it is no Digest, malformed, or names one twice. Never throws.
 */
export function parseDigestParameters(header: string): DigestParameters | null {
  const start = skipSpace(header, 0);
  const from = skipAll(TOKEN, header, start);
  if (header.slice(start, from).toLowerCase() !== SCHEME || skipSpace(header, from) === from) return null;
  const params = new Map<string, string>();
  let at = skipCommas(header, from);
  while (at < header.length) {
    const end = readParameter(header, at, params);
    if (end < 0) return null;
    at = skipCommas(header, end);
    if (at === end && at < header.length) return null;
  }
  return params;
}

function skipCommas(text: string, from: number): number {
  let at = skipSpace(text, from);
  while (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  return at;
}

/** The place after the parameter; -1 when there is none. */
function readParameter(text: string, from: number, into: Map<string, string>): number {
  const nameEnd = skipAll(TOKEN, text, from);
  const name = text.slice(from, nameEnd).toLowerCase();
  const equals = skipSpace(text, nameEnd);
  if (name === '' || text.charCodeAt(equals) !== EQUALS || into.has(name)) return -1;
  const valueFrom = skipSpace(text, equals + 1);
  const quoted = text.charCodeAt(valueFrom) === QUOTE;
  const end = quoted ? skipQuoted(text, valueFrom) : skipPlain(text, valueFrom);
  if (end <= valueFrom) return -1;
  into.set(name, quoted ? text.slice(valueFrom + 1, end - 1) : text.slice(valueFrom, end));
  return skipSpace(text, end);
}

/** Some servers leave quotes out where they belong: whatever is neither comma, space nor quote is taken. */
function skipPlain(text: string, from: number): number {
  let at = from;
  while (at < text.length && !/[ \t,"]/.test(text.charAt(at))) at++;
  return at;
}

/** Writes text between quotes that has its escapes already. @throws UnsafeValueError when it would end the quotes or the header */
export function quoteEscaped(text: string): string {
  const quoted = `"${text}"`;
  if (/[\r\n]/.test(text) || skipQuoted(quoted, 0) !== quoted.length) {
    throw new UnsafeValueError('a digest parameter has characters that cannot be written');
  }
  return quoted;
}
