import { HTTP_METHODS, type HttpMethod } from '@trunkline/contracts';
import { BadParameterError } from './errors.js';

/** Which parameters a request may have. */
export interface KnownParameters {
  names: readonly string[];
  /** Those of the names that may be given several times. */
  repeatable?: readonly string[];
}

/** The longest URL that a parameter may carry, in characters. */
export const MAX_URL_LENGTH = 2048;

/**
 * The parameters of one request, checked as they are read. Names are case-sensitive; what is not known is ignored, but a
 * known name in another case is refused, since ignoring it would do something else than was meant. An empty value counts
 * as absent. Every method throws BadParameterError.
 */
export class Parameters {
  private readonly values = new Map<string, string[]>();

  /** @throws BadParameterError for a repeated or wrongly written name, or a control character in a value */
  constructor(given: Iterable<[string, string]>, known: KnownParameters) {
    const { names, repeatable = [] } = known;
    for (const [name, value] of given) {
      if (names.includes(name)) this.add(name, value, repeatable.includes(name));
      else refuseOtherCase(name, names);
    }
  }

  /** The value without blanks around it, or null. */
  text(name: string): string | null {
    return this.values.get(name)?.[0]?.trim() || null;
  }

  /** Every value of a repeatable parameter. */
  texts(name: string): string[] {
    return (this.values.get(name) ?? []).map((value) => value.trim()).filter((value) => value !== '');
  }

  /** A phone number or a name. A `+` that was not percent-encoded arrives as a blank, and is put back. */
  address(name: string): string | null {
    return (
      this.values
        .get(name)?.[0]
        ?.replace(/^ +(?=\d)/, '+')
        .trim() || null
    );
  }

  /** An absolute http or https URL, as it was written. */
  url(name: string): string | null {
    const value = this.text(name);
    if (value !== null) checkUrl(name, value);
    return value;
  }

  /** GET or POST, in any case; POST when absent. */
  method(name: string): HttpMethod {
    const value = this.text(name)?.toUpperCase() ?? 'POST';
    const method = HTTP_METHODS.find((one) => one === value);
    if (!method) throw new BadParameterError(name, 'must be GET or POST');
    return method;
  }

  /** A whole number within bounds, or the one to use when absent. */
  integer(name: string, { min, max, absent }: { min: number; max: number; absent: number }): number {
    const value = this.text(name);
    if (value === null) return absent;
    const number = Number(value);
    if (/^\d{1,15}$/.test(value) && number >= min && number <= max) return number;
    throw new BadParameterError(name, `must be a whole number from ${min} to ${max}`);
  }

  private add(name: string, value: string, isRepeatable: boolean): void {
    if (FORBIDDEN_CHARACTERS.test(value)) {
      throw new BadParameterError(name, 'has a control character, or is not UTF-8');
    }
    const values = this.values.get(name);
    if (values === undefined) this.values.set(name, [value]);
    else if (isRepeatable) values.push(value);
    else throw new BadParameterError(name, 'is given more than once');
  }
}

/** Control characters and line separators; and U+FFFD, which is what bytes that are no UTF-8 become. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const FORBIDDEN_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffd]/;

function refuseOtherCase(name: string, names: readonly string[]): void {
  const meant = names.find((one) => one.toLowerCase() === name.toLowerCase());
  if (meant) throw new BadParameterError(name, `is not known: names are case-sensitive, write ${meant}`);
}

function checkUrl(name: string, value: string): void {
  if (value.length > MAX_URL_LENGTH) {
    throw new BadParameterError(name, `is longer than ${MAX_URL_LENGTH} characters`);
  }
  // The parser alone would forgive `http:host`, backslashes and blanks, and read something else than was written.
  if (!/^https?:\/\/[^/?#]/i.test(value) || /[\s\\]/.test(value) || !URL.canParse(value)) {
    throw new BadParameterError(name, 'must be an absolute http or https URL');
  }
}
