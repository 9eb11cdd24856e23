import { MAX_METADATA_KEY_LENGTH, MAX_METADATA_PAIRS, MAX_METADATA_VALUE_LENGTH } from '@trunkline/contracts';
import type { z } from 'zod';
import { map } from '../parameters/kinds-of-value.js';
import { FORBIDDEN_CHARACTERS, WHOLE_MAP } from '../parameters/read-parameters.js';

/** Pairs of texts, in the order of their keys, so that the same pairs are always the same. */
export type Metadata = Record<string, string>;

/**
 * `Metadata.key=value`, `Metadata[key]=value`, or `Metadata=` and the text of a JSON object; or some of each, for
 * different keys.
 */
export function metadata() {
  return map().transform((entries, context): Metadata => {
    const { [WHOLE_MAP]: whole = '', ...single } = entries;
    const pairs = Object.entries(single).filter(([, value]) => value !== '');
    if (whole !== '') pairs.push(...readObject(whole, context));
    checkPairs(pairs, context);
    return Object.fromEntries(pairs.sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

type Pair = [string, string];

function readObject(text: string, context: z.RefinementCtx): Pair[] {
  const value = parseObject(text);
  if (value === null) {
    complain(context, [], 'must be the text of a JSON object, or be given as Metadata.key=value');
    return [];
  }
  return Object.entries(value).map(([key, one]) => {
    if (!['string', 'number', 'boolean'].includes(typeof one)) {
      complain(context, [key], 'must be a text, a number, true or false');
    } else if (typeof one === 'number' && Math.abs(one) > Number.MAX_SAFE_INTEGER) {
      complain(context, [key], 'has more digits than a number keeps: put it in quotes');
    }
    return [key, String(one)];
  });
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

const KEY = new RegExp(`^[A-Za-z0-9_.-]{1,${MAX_METADATA_KEY_LENGTH}}$`);

function checkPairs(pairs: readonly Pair[], context: z.RefinementCtx): void {
  if (pairs.length > MAX_METADATA_PAIRS) {
    complain(context, [], `has more than ${MAX_METADATA_PAIRS} pairs`);
    return;
  }
  const seen = new Set<string>();
  for (const [key, value] of pairs) {
    const complaint = seen.has(key) ? 'is given more than once' : faultOf(key, value);
    if (complaint !== null) complain(context, [KEY.test(key) ? key : WHOLE_MAP], complaint);
    seen.add(key);
  }
}

function faultOf(key: string, value: string): string | null {
  // `__proto__` would not survive the way through objects.
  if (!KEY.test(key) || key === '__proto__') {
    return `must have keys of 1 to ${MAX_METADATA_KEY_LENGTH} letters, digits, or any of _ . -`;
  }
  if (value.length > MAX_METADATA_VALUE_LENGTH) {
    return `is longer than ${MAX_METADATA_VALUE_LENGTH} characters`;
  }
  if (FORBIDDEN_CHARACTERS.test(value) || /\p{Surrogate}/u.test(value)) return 'has a control character';
  return null;
}

function complain(context: z.RefinementCtx, path: string[], message: string): void {
  context.addIssue({ code: 'custom', input: undefined, path, message });
}
