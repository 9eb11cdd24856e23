import { HTTP_METHODS, isSid, type SidPrefix } from '@trunkline/contracts';
import { z } from 'zod';
import { withKind } from './parameter-kind.js';

/** The longest URL that a parameter may carry, in characters. */
const MAX_URL_LENGTH = 2048;

/** Free text of so many characters. */
export function text(maxLength = 1000) {
  return z.string().max(maxLength, `is longer than ${maxLength} characters`);
}

/** Text with lines, such as markup: the one kind in which tabs and line ends may stand. */
export function multiline(maxLength: number) {
  return withKind('multiline', text(maxLength));
}

/** A phone number or a name. A `+` that was not percent-encoded arrives as a blank, and is put back. */
export function address(maxLength = 128) {
  return withKind('address', text(maxLength));
}

/** An absolute http or https URL, as it was written. */
export function url() {
  return text(MAX_URL_LENGTH)
    .refine(isHttpUrl, 'must be an absolute http or https URL')
    .meta({ format: 'uri' });
}

// The parser alone would forgive `http:host`, backslashes and blanks, and read something else than was written.
function isHttpUrl(value: string): boolean {
  return /^https?:\/\/[^/?#]/i.test(value) && !/[\s\\]/.test(value) && URL.canParse(value);
}

/** GET or POST, in any case; POST when absent. */
export function method() {
  return word(HTTP_METHODS, 'must be GET or POST').default('POST');
}

/** One of some words, in any case; given as it is in the list. */
export function word<const Words extends readonly string[]>(
  words: Words,
  complaint = `must be one of ${words.join(', ')}`,
) {
  return z
    .string()
    .meta({ enum: [...words] })
    .transform((given, context) => findWord(words, given, complaint, context));
}

/** A whole number within bounds. */
export function integer({ min, max }: { min: number; max: number }) {
  const complaint = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .meta({ type: 'integer', minimum: min, maximum: max })
    .refine((given) => /^-?\d{1,15}$/.test(given) && Number(given) >= min && Number(given) <= max, complaint)
    .transform(Number);
}

/** `true` or `false`, in any case. */
export function boolean() {
  return z
    .string()
    .meta({ type: 'boolean' })
    .refine((given) => /^(true|false)$/i.test(given), 'must be true or false')
    .transform((given) => given.toLowerCase() === 'true');
}

/** A Sid of one kind, in any case; given in lower case. */
export function sid(prefix: SidPrefix) {
  return z
    .string()
    .meta({ pattern: `^${prefix}[0-9a-fA-F]{32}$` })
    .refine((given) => isSid(prefix, given), `must be ${prefix} and 32 hex digits`)
    .transform((given) => prefix + given.slice(2).toLowerCase());
}

/** A moment: ISO 8601 with a zone, or a date, which is its midnight in UTC. */
export function dateTime() {
  return z
    .string()
    .meta({ format: 'date-time' })
    .transform((given, context) => {
      const moment = readMoment(given);
      if (moment) return moment;
      context.issues.push({
        code: 'custom',
        input: given,
        message: 'must be a date, or a date and time, such as 2026-11-24 or 2026-11-24T10:30:00Z',
      });
      return z.NEVER;
    });
}

const MOMENT = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+ -]\d{2}:\d{2}))?$/i;

/** The date is read alone as well: the parser would take 2026-02-30 for the second of March. */
function readMoment(given: string): Date | null {
  const date = MOMENT.exec(given)?.[1];
  if (date === undefined || date < '0001') return null;
  const day = new Date(`${date}T00:00:00Z`);
  const moment = new Date(given.replace(' ', '+').toUpperCase());
  const isReal = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
  return isReal && !Number.isNaN(moment.getTime()) ? moment : null;
}

/** Some of some words, in any case: repeated, or with commas or blanks between. Each once, in the order of the list. */
export function list<const Words extends readonly string[]>(
  words: Words,
  complaint = `must be of ${words.join(', ')}`,
) {
  const given = z.array(z.string().meta({ enum: [...words] }));
  return withKind(
    'list',
    given.transform((texts, context): Words[number][] => {
      const asked = texts.flatMap((one) => one.split(/[\s,]+/)).filter((one) => one !== '');
      if (asked.length === 0) context.addIssue({ code: 'custom', input: texts, message: complaint });
      const found = new Set(asked.map((one) => findWord(words, one, complaint, context)));
      return words.filter((one) => found.has(one));
    }),
  );
}

/** Whole numbers: repeated, or with commas or blanks between. */
export function integers({ min, max }: { min: number; max: number }) {
  const one = integer({ min, max });
  const given = z.array(z.string().meta({ type: 'integer', minimum: min, maximum: max }));
  return withKind(
    'list',
    given
      .transform((texts) => texts.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== ''))
      .pipe(z.array(one)),
  );
}

/** What an empty value takes away: null then. To be `.optional()`, so that what is absent stays as it is. */
export function clearable<T extends z.ZodType>(schema: T) {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return withKind(
    'clearable',
    z
      .string()
      .meta(described)
      .transform((given, context): z.output<T> | null => {
        if (given === '') return null;
        const read = schema.safeParse(given);
        if (read.success) return read.data;
        context.addIssue({ code: 'custom', input: given, message: read.error.issues[0]?.message });
        return z.NEVER;
      }),
  );
}

/** A list that an empty value takes away: texts, repeated or with commas or blanks between, each once. */
export function clearableList(one: z.ZodType<string>, { max }: { max: number }) {
  return withKind(
    'clearable-list',
    z.array(z.string()).transform((texts, context): string[] => {
      const given = [...new Set(texts.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== ''))];
      const complaint =
        given.length > max
          ? `has more than ${max} entries`
          : given.flatMap((text) => one.safeParse(text).error?.issues ?? [])[0]?.message;
      if (complaint !== undefined) context.addIssue({ code: 'custom', input: texts, message: complaint });
      return given;
    }),
  );
}

/** A parameter of others of its kind that means nothing here: given, it is a mistake. */
export function impossible(complaint: string) {
  return z
    .string()
    .refine(() => false, complaint)
    .optional()
    .describe(`Refused: it ${complaint}`);
}

/** `Name.key=value` or `Name[key]=value`, any number of times. */
export function map() {
  return withKind('map', z.record(z.string(), z.string()));
}

function findWord<Words extends readonly string[]>(
  words: Words,
  given: string,
  complaint: string,
  context: z.RefinementCtx,
): Words[number] {
  const wanted = given.toLowerCase();
  const found = words.find((one) => one.toLowerCase() === wanted);
  if (found === undefined) context.addIssue({ code: 'custom', input: given, message: complaint });
  return found ?? z.NEVER;
}
