import { headerName } from './message-header-names.js';

/**
 * Header fields in their order. Names compare case-insensitively and a compact form equals its long one (RFC 3261 §7.3.3);
 * known names come out in their long form and usual spelling. Values are raw text, unfolded, never unescaped. After a parse
 * the comma lists of Via, Route, Record-Route and Contact are one entry a value; other lists are as they were written
 * (see `listOf`).
 */
export class SipHeaders {
  readonly #names: string[] = [];
  readonly #keys: string[] = [];
  readonly #values: string[] = [];

  /** How many entries there are. */
  get size(): number {
    return this.#keys.length;
  }

  /** The first value of that name. */
  get(name: string): string | undefined {
    const at = this.#keys.indexOf(headerName(name).key);
    return at < 0 ? undefined : this.#values[at];
  }

  /** Every value of that name, top to bottom. */
  getAll(name: string): string[] {
    const { key } = headerName(name);
    const found: string[] = [];
    for (let at = this.#keys.indexOf(key); at >= 0; at = this.#keys.indexOf(key, at + 1)) {
      found.push(this.#values[at] ?? '');
    }
    return found;
  }

  /** How many values of that name there are. */
  count(name: string): number {
    const { key } = headerName(name);
    let count = 0;
    for (const other of this.#keys) if (other === key) count++;
    return count;
  }

  has(name: string): boolean {
    return this.#keys.includes(headerName(name).key);
  }

  /** Leaves one value of that name: in the place of the first, or at the end. */
  set(name: string, value: string): this {
    const at = this.#keys.indexOf(headerName(name).key);
    if (at < 0) return this.append(name, value);
    this.#values[at] = value;
    this.#removeFrom(name, at + 1);
    return this;
  }

  append(name: string, value: string): this {
    const known = headerName(name);
    this.#names.push(known.name);
    this.#keys.push(known.key);
    this.#values.push(value);
    return this;
  }

  /** Puts it before every other header: a Via on its way out, a Record-Route. */
  prepend(name: string, value: string): this {
    const known = headerName(name);
    this.#names.unshift(known.name);
    this.#keys.unshift(known.key);
    this.#values.unshift(value);
    return this;
  }

  /** Removes every value of that name. */
  remove(name: string): this {
    this.#removeFrom(name, 0);
    return this;
  }

  /** Removes the topmost value of that name. */
  removeFirst(name: string): this {
    const at = this.#keys.indexOf(headerName(name).key);
    if (at >= 0) this.#removeAt(at);
    return this;
  }

  *[Symbol.iterator](): Generator<[string, string], void, undefined> {
    for (let at = 0; at < this.#keys.length; at++) yield [this.#names[at] ?? '', this.#values[at] ?? ''];
  }

  #removeFrom(name: string, from: number): void {
    const { key } = headerName(name);
    for (let at = this.#keys.length - 1; at >= from; at--) if (this.#keys[at] === key) this.#removeAt(at);
  }

  #removeAt(at: number): void {
    this.#names.splice(at, 1);
    this.#keys.splice(at, 1);
    this.#values.splice(at, 1);
  }
}
