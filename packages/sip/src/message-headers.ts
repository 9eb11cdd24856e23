import { type HeaderName, headerName } from './message-header-names.js';

/**
 * Header fields in their order. Names compare case-insensitively and a compact form equals its long one (RFC 3261 §7.3.3);
 * known names come out in their long form and usual spelling. Values are raw text, unfolded, never unescaped. After a parse
 * the comma lists of Via, Route, Record-Route and Contact are one entry a value; other lists are as they were written
 * (see `listOf`).
 */
export class SipHeaders {
  readonly #fields: HeaderName[] = [];
  readonly #values: string[] = [];
  /** What was read of the value in the same place, and by what; forgotten when places change. */
  #readings: Reading[] = [];

  /** How many entries there are. */
  get size(): number {
    return this.#fields.length;
  }

  /** The first value of that name. */
  get(name: string): string | undefined {
    const at = this.#indexOf(headerName(name).key, 0);
    return at < 0 ? undefined : this.#values[at];
  }

  /** Every value of that name, top to bottom. */
  getAll(name: string): string[] {
    const { key } = headerName(name);
    const found: string[] = [];
    for (let at = this.#indexOf(key, 0); at >= 0; at = this.#indexOf(key, at + 1)) {
      found.push(this.#values[at] ?? '');
    }
    return found;
  }

  /**
   * What `parse` makes of the first value of that name, undefined when there is none. It is asked once for as long as the
   * value stands: give it a function that stays the same, and leave what it gives unchanged.
   */
  read<T>(name: string, parse: (text: string) => T): T | undefined {
    const at = this.#indexOf(headerName(name).key, 0);
    if (at < 0) return undefined;
    for (const reading of this.#readings) {
      if (reading.at === at && reading.parse === parse) return reading.value as T;
    }
    const value = parse(this.#values[at] ?? '');
    this.#readings.push({ at, parse, value });
    return value;
  }

  /** How many values of that name there are. */
  count(name: string): number {
    const { key } = headerName(name);
    let count = 0;
    for (const field of this.#fields) if (field.key === key) count++;
    return count;
  }

  /** Which of HEADER_MARKS there are, and which are there more than once. */
  marks(): { seen: number; repeated: number } {
    let seen = 0;
    let repeated = 0;
    for (const { mark } of this.#fields) {
      repeated |= seen & mark;
      seen |= mark;
    }
    return { seen, repeated };
  }

  has(name: string): boolean {
    return this.#indexOf(headerName(name).key, 0) >= 0;
  }

  /** Leaves one value of that name: in the place of the first, or at the end. */
  set(name: string, value: string): this {
    const at = this.#indexOf(headerName(name).key, 0);
    if (at < 0) return this.append(name, value);
    this.#values[at] = value;
    this.#readings = [];
    this.#removeFrom(name, at + 1);
    return this;
  }

  append(name: string, value: string): this {
    return this.appendField(headerName(name), value);
  }

  /** As `append`, for a name that was looked up already. */
  appendField(field: HeaderName, value: string): this {
    this.#fields.push(field);
    this.#values.push(value);
    return this;
  }

  /** Puts it before every other header: a Via on its way out, a Record-Route. */
  prepend(name: string, value: string): this {
    this.#fields.unshift(headerName(name));
    this.#values.unshift(value);
    // Everything moved down by one.
    for (const reading of this.#readings) reading.at++;
    return this;
  }

  /** Removes every value of that name. */
  remove(name: string): this {
    this.#removeFrom(name, 0);
    return this;
  }

  /** Removes the topmost value of that name. */
  removeFirst(name: string): this {
    const at = this.#indexOf(headerName(name).key, 0);
    if (at >= 0) this.#removeAt(at);
    return this;
  }

  *[Symbol.iterator](): Generator<[string, string], void, undefined> {
    for (let at = 0; at < this.#fields.length; at++)
      yield [this.#fields[at]?.name ?? '', this.#values[at] ?? ''];
  }

  /** As iterating, without an object an entry. */
  forEach(visit: (name: string, value: string) => void): void {
    for (let at = 0; at < this.#fields.length; at++)
      visit(this.#fields[at]?.name ?? '', this.#values[at] ?? '');
  }

  #indexOf(key: string, from: number): number {
    for (let at = from; at < this.#fields.length; at++) if (this.#fields[at]?.key === key) return at;
    return -1;
  }

  #removeFrom(name: string, from: number): void {
    const { key } = headerName(name);
    for (let at = this.#fields.length - 1; at >= from; at--)
      if (this.#fields[at]?.key === key) this.#removeAt(at);
  }

  #removeAt(at: number): void {
    this.#fields.splice(at, 1);
    this.#values.splice(at, 1);
    this.#readings = this.#readings.filter((reading) => reading.at !== at);
    for (const reading of this.#readings) if (reading.at > at) reading.at--;
  }
}

interface Reading {
  at: number;
  parse: (text: string) => unknown;
  value: unknown;
}
