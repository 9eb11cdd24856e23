import type { PhoneNumber } from '@trunkline/contracts';

/** All numbers that are ours, by their digits: trunks write them with a plus and without. */
export class NumberBook {
  /**
   * By digits, then by Sid: while a number goes from one account to another, both entries can be here for a moment, and
   * the newest wins.
   */
  readonly #byDigits = new Map<string, Map<string, PhoneNumber>>();

  put(number: PhoneNumber): void {
    const digits = digitsOf(number.phoneNumber);
    const entries = this.#byDigits.get(digits) ?? new Map<string, PhoneNumber>();
    this.#byDigits.set(digits, entries.set(number.sid, number));
  }

  remove({ phoneNumber, sid }: PhoneNumber): void {
    const digits = digitsOf(phoneNumber);
    const entries = this.#byDigits.get(digits);
    if (entries?.delete(sid) && entries.size === 0) this.#byDigits.delete(digits);
  }

  find(written: string): PhoneNumber | null {
    let newest: PhoneNumber | null = null;
    // Sids of one kind sort by the time they were minted.
    for (const number of this.#byDigits.get(digitsOf(written))?.values() ?? [])
      if (!newest || number.sid > newest.sid) newest = number;
    return newest;
  }
}

function digitsOf(number: string): string {
  return number.startsWith('+') ? number.slice(1) : number;
}
