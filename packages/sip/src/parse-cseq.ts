import { SipParseError } from './errors.js';
import { isAll, readNumber, skipSpace, TOKEN, trimSpace } from './parse-characters.js';

/** RFC 3261 §20.16. */
export interface CSeq {
  number: number;
  /** As written: methods are case-sensitive. */
  method: string;
}

/** The RFC wants less than 2^31 of who sends one; up to this we take what comes. */
const MAX_NUMBER = 2 ** 32 - 1;

/** @throws SipParseError */
export function parseCSeq(text: string): CSeq {
  const value = trimSpace(text);
  const space = value.search(/[ \t]/);
  const number = readNumber(value.slice(0, Math.max(0, space)), MAX_NUMBER);
  const method = value.slice(skipSpace(value, Math.max(0, space)));
  if (number === null || !isAll(TOKEN, method)) throw new SipParseError('Malformed CSeq');
  return { number, method };
}
