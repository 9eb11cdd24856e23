import { SipParseError, UnsafeValueError } from './errors.js';
import { isAll, readNumber, TOKEN, trimSpace } from './parse-characters.js';

/** Which reliable provisional response a PRACK confirms (RFC 3262 §7.2). */
export interface RAck {
  rseq: number;
  /** Of the request that the response was given to. */
  cseq: number;
  /** Of that request, as written. */
  method: string;
}

const MAX_NUMBER = 2 ** 32 - 1;

/** Reads `776656 1 INVITE`. @throws SipParseError */
export function parseRAck(text: string): RAck {
  const [first = '', second = '', method = '', more] = trimSpace(text).split(/[ \t]+/, 4);
  const rseq = readNumber(first, MAX_NUMBER);
  const cseq = readNumber(second, MAX_NUMBER);
  if (!rseq || cseq === null || !isAll(TOKEN, method) || more !== undefined) {
    throw new SipParseError('Malformed RAck');
  }
  return { rseq, cseq, method };
}

/** @throws UnsafeValueError when a part would not stay inside its place */
export function formatRAck({ rseq, cseq, method }: RAck): string {
  if (!isNumber(rseq) || !isNumber(cseq) || !isAll(TOKEN, method)) {
    throw new UnsafeValueError('a RAck cannot be written');
  }
  return `${rseq} ${cseq} ${method}`;
}

function isNumber(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_NUMBER;
}

/** The number of a reliable provisional response, 1 to 2^32-1 (RFC 3262 §7.1). @throws SipParseError */
export function parseRSeq(text: string): number {
  const rseq = readNumber(trimSpace(text), MAX_NUMBER);
  if (!rseq) throw new SipParseError('Malformed RSeq');
  return rseq;
}
