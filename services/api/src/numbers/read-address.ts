import libphonenumber from 'google-libphonenumber';

/** A number or name as it is dialed, or what is wrong with it, in words that follow the parameter's name. */
export type ReadAddress = { address: string } | { complaint: string };

/** The longest number or name, in characters. */
export const MAX_ADDRESS_LENGTH = 128;
/** E.164 allows 15 digits; national numbers with prefixes for a trunk and extensions may have a few more. */
const MAX_DIGITS = 20;

/**
 * Reads a number or a name. What begins with `+`, or has nothing but digits and what people write between them, is a
 * number, and becomes its digits: `+1 (555) 123-0001` is `+15551230001`. With `+` it must be 7 to 15 digits that begin
 * with a country code (ITU-T E.164); how long numbers are in a country is the trunk's to know, which says 484. Without,
 * any digits will do, since they may be a national number or an extension. What else has no letter is a service code, such
 * as `*43`, or nothing: a trunk may dial the digits that it finds in it.
 */
export function readAddress(raw: string): ReadAddress {
  const given = normalize(raw);
  if (given.length > MAX_ADDRESS_LENGTH)
    return { complaint: `is longer than ${MAX_ADDRESS_LENGTH} characters` };
  if (INVISIBLE.test(given)) return { complaint: 'has an invisible character' };
  const number = numberIn(given);
  if (number !== null) return checkNumber(number);
  if (/^(sips?|tel|client):/i.test(given) || given.includes('@')) {
    return { complaint: 'must be a number or a name: SIP and other URIs are not supported yet' };
  }
  return LETTER.test(given) ? checkName(given) : readServiceCode(given);
}

/** An address to look for: as `readAddress` would have stored it, or as it was given when that is no whole address. */
export function storedAddress(raw: string): string {
  const read = readAddress(raw);
  return 'address' in read ? read.address : (numberIn(normalize(raw)) ?? raw);
}

/**
 * The numbers that a network may dial: what stands behind service codes, such as `*67` or `#31#`, which keep the caller's
 * number back, and before the next `*` or `#`: at its end that only says that it is complete. And since a trunk may drop
 * `*` and `#`, all digits together as well. Empty when there are none.
 */
export function dialedNumbers(raw: string): string[] {
  const dialed: (string | null)[] = [];
  let rest = normalize(raw);
  if (/[*#]/.test(rest)) rest = rest.replace(PUNCTUATION, '');
  dialed.push(numberIn(rest.replace(/[*#]/g, '')));
  while (SERVICE_CODE.test(rest)) {
    rest = rest.replace(SERVICE_CODE, '');
    dialed.push(numberIn(rest.replace(/[*#]/g, '')));
  }
  dialed.push(numberIn(rest.split(/[*#]/, 1)[0] ?? ''));
  return [...new Set(dialed)].filter((number) => number !== null);
}

/** Full-width and other forms of a character become the plain one (Unicode NFKC), as a network would take them. */
function normalize(raw: string): string {
  return raw.replace(DIRECTION_MARKS, '').normalize('NFKC');
}

/** What is meant as a number, without anything between its digits; whether it is one is another matter. Null for others. */
function numberIn(text: string): string | null {
  if (text.startsWith('+')) return text.replace(TRUNK_ZERO, '').replace(PUNCTUATION, '');
  return NUMBER.test(text) && /\d/.test(text) ? text.replace(PUNCTUATION, '') : null;
}

function readServiceCode(given: string): ReadAddress {
  const code = given.replace(PUNCTUATION, '');
  return /^[*#]+\d[\d*#]*$/.test(code) ? { address: code } : { complaint: NOTHING };
}

function checkName(given: string): ReadAddress {
  return NAME.test(given) ? { address: given } : { complaint: UNFIT_NAME };
}

const NOTHING = 'must be a number or a name: without a letter it is a number, or a service code such as *43';
const UNFIT_NAME = "must be a number or a name: names have letters, digits and . _ - + ~ ' only";

/** `*67` and `*82` have two digits (North America), `#31#` and `*31#` are closed (3GPP TS 22.030 §6.5.2). */
const SERVICE_CODE = /^[*#]+(?:\d{1,4}[*#]|\d{2})/;

/** Invisible, and often around a number that was pasted. */
const DIRECTION_MARKS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Others make two addresses look the same; some of these count as letters. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
/** Not those that merely modify another (`Lm`), such as the apostrophe \u02bc. */
const LETTER = /[\p{Lu}\p{Ll}\p{Lt}\p{Lo}]/u;
/**
 * Of what a SIP user part may have besides (RFC 3261 §25.1) only what means nothing to the exchanges behind a trunk: `&`
 * separates destinations there, `$ ( ) ! = /` are read by dial plans, and `%` begins an escape.
 */
const NAME = /^[\p{L}\p{Mn}\p{Mc}\d._\-+~']+$/u;
/** Blanks, dots, slashes, parentheses, and hyphens of all kinds. */
const PUNCTUATION = /[\s./()\-\u2010-\u2015]/g;
const NUMBER = new RegExp(`^(?:\\d|${PUNCTUATION.source})+$`);
/** `+49 (0)30 …`: the zero that is dialed inside the country only. */
const TRUNK_ZERO = /\(0\)/;

function checkNumber(number: string): ReadAddress {
  if (number.startsWith('+')) return isPossible(number) ? { address: number } : { complaint: IMPOSSIBLE };
  return number.length <= MAX_DIGITS
    ? { address: number }
    : { complaint: `has more than ${MAX_DIGITS} digits` };
}

const IMPOSSIBLE =
  'is not a possible number: + is followed by a country code and the number, 7 to 15 digits in all';
const MAX_COUNTRY_CODE_DIGITS = 3;
/** What libphonenumber says of a country code that there is not. */
const UNKNOWN_REGION = 'ZZ';

function isPossible(number: string): boolean {
  if (!/^\+[1-9]\d{6,14}$/.test(number)) return false;
  const numbers = libphonenumber.PhoneNumberUtil.getInstance();
  for (let length = 1; length <= MAX_COUNTRY_CODE_DIGITS; length += 1) {
    const code = Number(number.slice(1, 1 + length));
    if (numbers.getRegionCodeForCountryCode(code) !== UNKNOWN_REGION) return true;
  }
  return false;
}
