import { SipParseError } from './errors.js';
import { type HeaderName, headerName, usualHeaderName } from './message-header-names.js';
import type { SipHeaders } from './message-headers.js';
import { isAll, skipSpace, splitCommas, TOKEN, trimSpace } from './parse-characters.js';

/** More header lines or values than any element of a call path adds; a bound for what hostile ones may cost. */
export const MAX_HEADERS = 256;

const SPACE = 0x20;
const TAB = 0x09;

/** One header line, its folds undone. */
export interface HeadLine {
  text: string;
  /** Where the next line begins. */
  next: number;
}

/** The line that begins at `from`, with the lines that continue it (RFC 3261 §7.3.1: a fold counts as one space). */
export function readLine(head: string, from: number): HeadLine {
  let end = lineEnd(head, from);
  let text = head.slice(from, end);
  while (isSpace(head.charCodeAt(end + 2))) {
    const start = skipSpace(head, end + 2);
    end = lineEnd(head, start);
    text = `${text} ${head.slice(start, end)}`;
  }
  return { text, next: end + 2 };
}

function lineEnd(head: string, from: number): number {
  const end = head.indexOf('\r\n', from);
  return end < 0 ? head.length : end;
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/**
 * Reads every header line from `from` on into `headers`. A CR or LF of its own is refused: other elements may take it for a
 * line's end, and would see headers that we do not.
 *
 * @throws SipParseError
 */
export function readHeaders(head: string, from: number, headers: SipHeaders): void {
  let at = from;
  while (at < head.length) {
    const line = readStrictLine(head, at);
    readHeader(line.text, headers);
    if (headers.size > MAX_HEADERS) throw new SipParseError('Too many headers');
    at = line.next;
  }
}

function readStrictLine(head: string, from: number): HeadLine {
  const end = strictEnd(head, from);
  if (!isSpace(head.charCodeAt(end + 2))) return { text: head.slice(from, end), next: end + 2 };
  const line = readLine(head, from);
  if (/[\r\n]/.test(line.text)) throw strayBreak();
  return line;
}

/** The next CR and the next LF must be one line end. */
function strictEnd(head: string, from: number): number {
  const cr = head.indexOf('\r', from);
  const lf = head.indexOf('\n', from);
  if (lf < 0 && cr < 0) return head.length;
  if (cr < 0 || lf !== cr + 1) throw strayBreak();
  return cr;
}

function strayBreak(): SipParseError {
  return new SipParseError('Stray line break');
}

/** @throws SipParseError when the line is not `name: value` */
function readHeader(line: string, headers: SipHeaders): void {
  const fault = addHeader(line, headers);
  if (fault !== null) throw new SipParseError(fault);
}

/** Reads a header line into `headers`; gives what is wrong when it cannot, since an error costs more than most lines. */
export function addHeader(line: string, headers: SipHeaders): string | null {
  const colon = line.indexOf(':');
  const field = colon < 0 ? null : (usualHeaderName(line.slice(0, colon)) ?? readName(line.slice(0, colon)));
  if (field === null) return 'Malformed header line';
  const value = trimSpace(line.slice(skipSpace(line, colon + 1)));
  if (field.isSplit && value.includes(',')) return appendEach(field, value, headers);
  headers.appendField(field, value);
  return null;
}

/** A name in any spelling, with spaces behind it; null when it is none. */
function readName(written: string): HeaderName | null {
  const name = trimSpace(written);
  return isAll(TOKEN, name) && !isSpace(written.charCodeAt(0)) ? headerName(name) : null;
}

function appendEach(field: HeaderName, value: string, headers: SipHeaders): string | null {
  const parts = splitCommas(value);
  if (headers.size + parts.length > MAX_HEADERS) return 'Too many headers';
  for (const part of parts) headers.appendField(field, part);
  return null;
}

/** Where the header lines begin. */
export function skipStartLine(head: string): number {
  return lineEnd(head, 0) + 2;
}

/** The first line, without its line end. */
export function startLineOf(head: string): string {
  return head.slice(0, lineEnd(head, 0));
}
