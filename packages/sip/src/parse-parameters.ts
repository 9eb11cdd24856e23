import { SipParseError, UnsafeValueError } from './errors.js';
import { hasControl, isAll, PARAM_VALUE, skipAll, skipQuoted, skipSpace, TOKEN } from './parse-characters.js';

export type Parameters = ReadonlyMap<string, string | null>;

const NONE: Parameters = new Map();
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;

/**
 * Reads `;name=value` pairs to the end of the text (generic-param, RFC 3261 §25.1), spaces allowed around `;` and `=`.
 *
 * @throws SipParseError for an empty pair, a name given twice (§7.3.1) or anything left over
 */
export function parseParameters(text: string, from: number): Parameters {
  const at = skipSpace(text, from);
  if (at >= text.length) return NONE;
  const params = new Map<string, string | null>();
  readParameters(text, at, params);
  return params;
}

/** As `parseParameters`, into a map of the caller's. */
export function readParameters(text: string, from: number, into: Map<string, string | null>): void {
  let at = skipSpace(text, from);
  while (at < text.length) {
    if (text.charCodeAt(at) !== SEMICOLON) throw new SipParseError('Malformed parameters');
    at = readParameter(text, skipSpace(text, at + 1), into);
  }
}

function readParameter(text: string, from: number, into: Map<string, string | null>): number {
  const nameEnd = skipAll(TOKEN, text, from);
  if (nameEnd === from) throw new SipParseError('Malformed parameters');
  const name = text.slice(from, nameEnd).toLowerCase();
  if (into.has(name)) throw new SipParseError('Parameter given twice');
  const at = skipSpace(text, nameEnd);
  if (text.charCodeAt(at) !== EQUALS) {
    into.set(name, null);
    return at;
  }
  const valueFrom = skipSpace(text, at + 1);
  const valueEnd = skipValue(text, valueFrom);
  into.set(name, text.slice(valueFrom, valueEnd));
  return skipSpace(text, valueEnd);
}

function skipValue(text: string, from: number): number {
  const quoted = text.charCodeAt(from) === QUOTE;
  const end = quoted ? skipQuoted(text, from) : skipAll(PARAM_VALUE, text, from);
  if (end <= from) throw new SipParseError('Malformed parameter value');
  return end;
}

/** @throws UnsafeValueError when a name or value would not stay one */
export function formatParameters(params: Parameters): string {
  let text = '';
  for (const [name, value] of params) {
    if (!isAll(TOKEN, name) || (value !== null && !isParameterValue(value))) {
      throw new UnsafeValueError('a parameter has characters that cannot be written');
    }
    text += value === null ? `;${name}` : `;${name}=${value}`;
  }
  return text;
}

function isParameterValue(value: string): boolean {
  if (!value.startsWith('"')) return isAll(PARAM_VALUE, value);
  return skipQuoted(value, 0) === value.length && !hasControl(value);
}
