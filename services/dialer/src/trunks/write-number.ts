import type { Trunk } from '@trunkline/contracts';

/** Digits as they are dialed; anything else is a name, and is never rewritten. */
const NUMBER = /^\+?[0-9*#]+$/;
/** Shorter ones are service numbers and extensions: a plus would make another number of them. */
const SHORTEST_WITH_PLUS = 7;

/**
 * The number called, as a trunk wants it: digits off its front, a prefix there, and its plus. A number that was rewritten
 * is no international one any more, so that the plus it came with goes, unless the trunk asks for one. With a plus asked
 * for, a prefix of digits alone belongs to the number (`+49` before `30123`); any other stands before the plus
 * (`99#+4930123`).
 */
export function writeCalled(
  called: string,
  { stripDigits, numberPrefix, numberFormat }: Pick<Trunk, 'stripDigits' | 'numberPrefix' | 'numberFormat'>,
): string {
  if (!NUMBER.test(called)) return called;
  if (stripDigits === 0 && numberPrefix === '') return writeNumber(called, numberFormat);
  const digits = withoutPlus(called).slice(stripDigits);
  // Nothing would be left to call.
  if (digits === '') return writeNumber(called, numberFormat);
  if (numberFormat === 'plus' && !/^\+?[0-9]*$/.test(numberPrefix))
    return numberPrefix + writeNumber(digits, 'plus');
  return writeNumber(numberPrefix + digits, numberFormat);
}

/** A number with its plus or without, as `format` says. */
export function writeNumber(number: string, format: Trunk['numberFormat']): string {
  if (!NUMBER.test(number) || format === 'as-given') return number;
  const digits = withoutPlus(number);
  if (format === 'no-plus') return digits;
  const isService = number === digits && (digits.length < SHORTEST_WITH_PLUS || /[*#]/.test(digits));
  return isService ? digits : `+${digits}`;
}

function withoutPlus(number: string): string {
  return number.startsWith('+') ? number.slice(1) : number;
}
