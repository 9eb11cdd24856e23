import { z } from 'zod';

/** Two ends of a range of ports, both included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Building blocks for the shapes of readConfig. Each takes the value to use when the variable is absent; without one the
 * variable must be set. Complaints name what is expected and never repeat the value, which may be a secret.
 */
export const env = {
  /** A port from 1 to 65535. */
  port: (absent?: number) => env.integer({ min: 1, max: 65_535, ...definedDefault(absent) }),
  /** A whole number within bounds. */
  integer: (options: { default?: number; min?: number; max?: number } = {}) => {
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
    return variable(rangeText(min, max), options.default, (text) => {
      const number = Number(text);
      return /^-?\d+$/.test(text) && number >= min && number <= max ? number : undefined;
    });
  },
  /** Seconds, also with a fraction; `absent` is in seconds too. The result is in milliseconds. */
  seconds: (absent?: number) =>
    variable('seconds, such as 30 or 0.5', absent === undefined ? undefined : absent * 1000, (text) => {
      const seconds = Number(text);
      return /^\d+(\.\d+)?$/.test(text) && seconds <= MAX_SECONDS ? Math.round(seconds * 1000) : undefined;
    }),
  boolean: (absent?: boolean) =>
    variable('true or false', absent, (text) => BOOLEANS.get(text.toLowerCase())),
  text: (absent?: string) => variable('a text', absent, (text) => text),
  /** A URL with one of the protocols (`postgres`, `redis` ...), or several joined by commas, as it was written. */
  url: (protocols: readonly string[], absent?: string) => {
    const allowed = protocols.map((protocol) => protocol.replace(/:?(\/\/)?$/, ':'));
    const expected = `a URL that begins with ${allowed.map((protocol) => `${protocol}//`).join(' or ')}`;
    const isAllowed = (text: string) => URL.canParse(text) && allowed.includes(new URL(text).protocol);
    return variable(expected, absent, (text) =>
      isAllowed(text) || text.split(',').every((part) => isAllowed(part.trim())) ? text : undefined,
    );
  },
  /**
   * Two ports with a hyphen between: `20000-29999`. At least one pair for RTP and RTCP, an even port and the odd one after
   * it (RFC 3550 §11), is in the range.
   */
  portRange: (absent?: string) => variable(PORT_RANGE, absent && parsePortRange(absent), parsePortRange),
  choice: <const T extends string>(values: readonly T[], absent?: T) =>
    variable(`one of ${values.join(', ')}`, absent, (text) => values.find((value) => value === text)),
  /** Undefined when the variable is absent. */
  optional: <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> =>
    z.unknown().transform((raw, context): T | undefined => {
      if (raw === undefined) return undefined;
      const result = schema.safeParse(raw);
      if (result.success) return result.data;
      for (const { message } of result.error.issues) context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }),
} as const;

const PORT_RANGE = 'a range of ports with an even one and the odd one after it, such as 20000-29999';

/** A timer's longest delay (2^31 - 1 ms), rounded down. */
const MAX_SECONDS = 2_147_483;

const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['no', false],
]);

function variable<T>(
  expected: string,
  absent: T | undefined | '',
  parse: (text: string) => T | undefined,
): z.ZodType<T> {
  return z.unknown().transform((raw, context): T => {
    if (raw === undefined && absent !== undefined) return absent as T;
    const parsed = raw === undefined ? undefined : parse(String(raw));
    if (parsed !== undefined) return parsed;
    const message = raw === undefined ? `is not set: give ${expected}` : `must be ${expected}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

function rangeText(min: number, max: number): string {
  const hasMin = min > Number.MIN_SAFE_INTEGER;
  const hasMax = max < Number.MAX_SAFE_INTEGER;
  if (hasMin && hasMax) return `a whole number from ${min} to ${max}`;
  if (hasMin) return `a whole number, ${min} or more`;
  return hasMax ? `a whole number, ${max} or less` : 'a whole number';
}

function parsePortRange(text: string): PortRange | undefined {
  const [, from = 0, to = 0] = (/^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []).map(Number);
  const firstEven = from + (from % 2);
  return from >= 1 && firstEven < to && to <= 65_535 ? Object.freeze({ from, to }) : undefined;
}

function definedDefault(absent: number | undefined): { default?: number } {
  return absent === undefined ? {} : { default: absent };
}
