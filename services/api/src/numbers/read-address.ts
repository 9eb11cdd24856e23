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
 * any digits will do, since they may be a national number or an extension.
 */
export function readAddress(raw: string): ReadAddress {
  const given = raw.replace(DIRECTION_MARKS, '');
  const number = numberIn(given);
  if (number !== null) return checkNumber(number);
  if (/^(sips?|tel|client):/i.test(given) || given.includes('@')) {
    return { complaint: 'must be a number or a name: SIP and other URIs are not supported yet' };
  }
  if (UNFIT.test(given)) {
    return { complaint: 'must be a number or a name, without blanks or any of : ; ? < > " , \\' };
  }
  return { address: given };
}

/** What is meant as a number, without anything between its digits; whether it is one is another matter. Null for a name. */
export function numberIn(given: string): string | null {
  const text = given.replace(DIRECTION_MARKS, '');
  if (text.startsWith('+')) return text.replace(TRUNK_ZERO, '').replace(PUNCTUATION, '');
  return NUMBER.test(text) && /\d/.test(text) ? text.replace(PUNCTUATION, '') : null;
}

/**
 * The number that a network would dial: what stands behind service codes, such as `*67` or `#31#`, which keep the caller's
 * number back, and before the next `*` or `#`: at its end that only says that it is complete. Null when there is none.
 */
export function dialedNumber(given: string): string | null {
  if (!/[*#]/.test(given)) return numberIn(given);
  let rest = given.replace(DIRECTION_MARKS, '').replace(PUNCTUATION, '');
  while (SERVICE_CODE.test(rest)) rest = rest.replace(SERVICE_CODE, '');
  return numberIn(rest.split(/[*#]/, 1)[0] ?? '');
}

/** `*67` and `*82` have two digits (North America), `#31#` and `*31#` are closed (3GPP TS 22.030 §6.5.2). */
const SERVICE_CODE = /^[*#]+(?:\d{1,4}[*#]|\d{2})/;

/** Invisible, and often around a number that was pasted. */
const DIRECTION_MARKS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Blanks, dots, slashes, parentheses, and hyphens of all kinds. */
const PUNCTUATION = /[\s./()\-\u2010-\u2015]/g;
const NUMBER = new RegExp(`^(?:\\d|${PUNCTUATION.source})+$`);
/** What would not be part of a name but of the URI around it (RFC 3261 §19.1.1), or needs quoting in a header. */
const UNFIT = /[\s:;?<>",\\]/;
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
