import type { z } from 'zod';
import { BadParameterError } from '../errors.js';
import type { ParameterSet } from './parameter-set.js';

/** What a request gave: checked, and as it was written. */
export interface ReadParameters<T> {
  values: T;
  /** The known names with their values, in the order of the set's names. */
  given: [string, string][];
}

/** The key under which a map's own text is kept, when it is given as one: `Metadata={"a":"1"}`. */
export const WHOLE_MAP = '';

type Collected = Record<string, string | string[] | Record<string, string>>;

/**
 * The parameters of one request. Names are case-sensitive; what is not known is ignored, but a known name in another
 * case is refused, since ignoring it would do something else than was meant. An empty value counts as absent, but where it
 * clears what there is.
 * @throws BadParameterError for the first fault, in the order of the set's names
 */
export function readParameters<T>(
  set: ParameterSet<T>,
  given: Iterable<[string, string]>,
): ReadParameters<T> {
  const collected = collect(set, given);
  for (const name in collected) {
    if (collected[name] === '' && !set.clearable.has(name)) delete collected[name];
  }
  const parsed = set.schema.safeParse(collected);
  if (!parsed.success) throw complaint(parsed.error.issues[0] as z.core.$ZodIssue, collected);
  return { values: parsed.data, given: inOrder(set, collected) };
}

function collect<T>(set: ParameterSet<T>, given: Iterable<[string, string]>): Collected {
  const collected: Collected = Object.create(null);
  for (const pair of given) {
    const [name, value] = separateComparison(pair, set);
    if (set.names.includes(name) && !set.maps.has(name)) add(collected, set, name, value);
    else if (!addToMap(collected, set, name, value)) refuseMiswritten(name, set);
  }
  return collected;
}

/** `StartTime<2026-11-24`, with no `=` at all, arrives as one long name. */
function separateComparison<T>(pair: [string, string], { names }: ParameterSet<T>): [string, string] {
  const [name, value] = pair;
  if (value !== '' || !/[<>]/.test(name)) return pair;
  const [, base = '', sign = '', moment = ''] = /^(\w+)([<>]=?)(.+)$/.exec(name) ?? [];
  return base !== '' && names.includes(base) ? [base, sign + moment] : pair;
}

function add<T>(collected: Collected, set: ParameterSet<T>, name: string, raw: string): void {
  refuseControlCharacters(name, set.multiline.has(name) ? raw.replace(/[\t\r\n]/g, '') : raw);
  const value = (set.addresses.has(name) ? raw.replace(/^ +(?=\d)/, '+') : raw).trim();
  const before = collected[name];
  if (set.repeatable.has(name)) {
    if (value === '') {
      if (set.clearable.has(name)) collected[name] ??= [];
      return;
    }
    if (Array.isArray(before)) before.push(value);
    else collected[name] = [value];
  } else if (before === undefined) collected[name] = value;
  else throw new BadParameterError(name, 'is given more than once');
}

function addToMap<T>(collected: Collected, set: ParameterSet<T>, name: string, value: string): boolean {
  const [, map = '', dotted, bracketed] = /^(\w+)(?:\.(.+)|\[(.+)\])?$/s.exec(name) ?? [];
  if (!set.maps.has(map)) return false;
  const key = dotted ?? bracketed ?? WHOLE_MAP;
  refuseControlCharacters(map, key);
  // It would be lost on the way through objects.
  if (key === '__proto__') throw new BadParameterError(map, 'cannot have the key __proto__');
  refuseControlCharacters(map, key === WHOLE_MAP ? value.replace(/[\t\r\n]/g, '') : value);
  const entries = (collected[map] ?? Object.create(null)) as Record<string, string>;
  collected[map] = entries;
  if (entries[key] !== undefined) {
    throw new BadParameterError(entryName(map, key), 'is given more than once');
  }
  entries[key] = value.trim();
  return true;
}

/** Control characters and line separators; and U+FFFD, which is what bytes that are no UTF-8 become. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
export const FORBIDDEN_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffd]/;

function refuseControlCharacters(name: string, value: string): void {
  if (FORBIDDEN_CHARACTERS.test(value)) {
    throw new BadParameterError(name, 'has a control character, or is not UTF-8');
  }
}

/** What was surely meant for a known name: a filter that is quietly left out would show what was not asked for. */
function refuseMiswritten<T>(name: string, { names, maps }: ParameterSet<T>): void {
  const wanted = name.toLowerCase();
  const meant = names.find((one) => one.toLowerCase() === wanted);
  if (meant) throw new BadParameterError(name, `is not known: names are case-sensitive, write ${meant}`);
  const map = [...maps].find(
    (one) => /^[.[]/.test(wanted.slice(one.length)) && wanted.startsWith(one.toLowerCase()),
  );
  if (map) throw new BadParameterError(name, `is not known: write ${map}.key or ${map}[key]`);
}

function complaint(issue: z.core.$ZodIssue, collected: Collected): BadParameterError {
  const [name = '', key] = issue.path.map(String);
  const isAbsent = collected[name] === undefined;
  const isPlain = isAbsent && issue.message.startsWith('Invalid input');
  const where = typeof key === 'string' && isMap(collected[name]) ? entryName(name, key) : name;
  return new BadParameterError(where, isPlain ? 'is required' : issue.message, codeOf(issue));
}

/** A schema whose faults are of several kinds gives an issue a code of its own: `params: { code: 21202 }`. */
function codeOf(issue: z.core.$ZodIssue): number | null {
  const code = issue.code === 'custom' ? issue.params?.code : undefined;
  return typeof code === 'number' ? code : null;
}

function isMap(value: Collected[string] | undefined): boolean {
  return typeof value === 'object' && !Array.isArray(value);
}

function inOrder<T>(set: ParameterSet<T>, collected: Collected): [string, string][] {
  return set.names.flatMap((name) => {
    const value = collected[name];
    if (value === undefined) return [];
    if (typeof value === 'string') return [[name, value]];
    if (Array.isArray(value)) return value.map((one): [string, string] => [name, one]);
    return Object.entries(value).map(([key, one]): [string, string] => [entryName(name, key), one]);
  });
}

function entryName(map: string, key: string): string {
  return key === WHOLE_MAP ? map : `${map}.${key}`;
}
