import { z } from 'zod';

/** Both inclusive, in whole units: seconds, or millionths of a currency's unit. */
export interface NumberRange {
  min?: number;
  max?: number;
}

/** How a kind of number is written: its pattern, its units in one, and what to say of another. */
interface Notation {
  pattern: RegExp;
  decimals: number;
  complaint: string;
}

const SECONDS: Notation = {
  pattern: /^\d{1,9}$/,
  decimals: 0,
  complaint: 'must be a whole number of seconds, such as 30',
};

const MONEY_DECIMALS = 6;
const MONEY: Notation = {
  pattern: new RegExp(`^\\d{1,9}(\\.\\d{1,${MONEY_DECIMALS}})?$`),
  decimals: MONEY_DECIMALS,
  complaint: 'must be a decimal number, such as 0.05',
};

/**
 * What one parameter with a number asks for: exactly that number, or with `<=` or `>=` at most or at least it, as times
 * are written.
 */
export function secondsBound(nameSign: '' | '<' | '>') {
  return numberBound(nameSign, SECONDS);
}

export function moneyBound(nameSign: '' | '<' | '>') {
  return numberBound(nameSign, MONEY);
}

/** As a decimal number. */
export function moneyText(millionths: number): string {
  const digits = String(Math.abs(millionths)).padStart(MONEY_DECIMALS + 1, '0');
  const text = `${digits.slice(0, -MONEY_DECIMALS)}.${digits.slice(-MONEY_DECIMALS)}`;
  return millionths < 0 ? `-${text}` : text;
}

/** What all of the ranges have in common; undefined when there is none. */
export function narrowNumbers(ranges: readonly (NumberRange | undefined)[]): NumberRange | undefined {
  const given = ranges.filter((range) => range !== undefined);
  if (given.length === 0) return undefined;
  const min = Math.max(...given.map((range) => range.min ?? -Infinity));
  const max = Math.min(...given.map((range) => range.max ?? Infinity));
  return { ...(min !== -Infinity && { min }), ...(max !== Infinity && { max }) };
}

function numberBound(nameSign: '' | '<' | '>', { pattern, decimals, complaint }: Notation) {
  return z.string().transform((given, context): NumberRange => {
    const [, prefix = '', text = ''] = /^([<>]=?)?\s*(.*)$/s.exec(given) ?? [];
    if (pattern.test(text) && (nameSign === '' || prefix === '')) {
      return toRange(nameSign === '' ? prefix : `${nameSign}=`, unitsOf(text, decimals));
    }
    context.addIssue({ code: 'custom', input: given, message: complaint });
    return {};
  });
}

/** Exact: it never has more than 15 digits. */
function unitsOf(text: string, decimals: number): number {
  const [whole = '', fraction = ''] = text.split('.');
  return Number(whole + fraction.padEnd(decimals, '0'));
}

function toRange(sign: string, units: number): NumberRange {
  if (sign === '<=') return { max: units };
  if (sign === '<') return { max: units - 1 };
  if (sign === '>=') return { min: units };
  if (sign === '>') return { min: units + 1 };
  return { min: units, max: units };
}
