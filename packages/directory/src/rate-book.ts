import type { Rate } from '@trunkline/contracts';

type Direction = Rate['direction'];

/** All rates that are known, by account. A question costs one look for each digit of a prefix, however many rates there are. */
export class RateBook {
  readonly #accounts = new Map<string, AccountRates>();

  /** Puts in a rate that is not here. */
  put(rate: Rate): void {
    let rates = this.#accounts.get(rate.accountSid);
    if (!rates) {
      rates = { outbound: new PrefixIndex(), inbound: new PrefixIndex() };
      this.#accounts.set(rate.accountSid, rates);
    }
    rates[rate.direction].put(rate);
  }

  remove(rate: Rate): void {
    const rates = this.#accounts.get(rate.accountSid);
    if (!rates?.[rate.direction].remove(rate)) return;
    if (rates.outbound.size + rates.inbound.size === 0) this.#accounts.delete(rate.accountSid);
  }

  has(accountSid: string): boolean {
    return this.#accounts.has(accountSid);
  }

  /** The rate with the longest prefix of a number, or null. What is no number has the empty prefix only. */
  find(accountSid: string, direction: Direction, address: string): Rate | null {
    return this.#accounts.get(accountSid)?.[direction].find(digitsOf(address)) ?? null;
  }
}

type AccountRates = Record<Direction, PrefixIndex>;

/** Of one account and direction. */
class PrefixIndex {
  /**
   * By prefix, then by Sid: while a rate is replaced by another with its prefix, both can be here for a moment, and the
   * newest wins.
   */
  readonly #byPrefix = new Map<string, Map<string, Rate>>();
  #longest = 0;
  size = 0;

  put(rate: Rate): void {
    const rates = this.#byPrefix.get(rate.prefix) ?? new Map<string, Rate>();
    this.#byPrefix.set(rate.prefix, rates.set(rate.sid, rate));
    this.#longest = Math.max(this.#longest, rate.prefix.length);
    this.size += 1;
  }

  /** False when it was not here. */
  remove(rate: Rate): boolean {
    const rates = this.#byPrefix.get(rate.prefix);
    if (!rates?.delete(rate.sid)) return false;
    this.size -= 1;
    // The longest prefix stays what it was: at worst a few looks more, 15 in all, than need be.
    if (rates.size === 0) this.#byPrefix.delete(rate.prefix);
    return true;
  }

  find(digits: string): Rate | null {
    for (let length = Math.min(this.#longest, digits.length); length >= 0; length -= 1) {
      const rates = this.#byPrefix.get(digits.slice(0, length));
      if (rates) return newestOf(rates);
    }
    return null;
  }
}

function newestOf(rates: Map<string, Rate>): Rate | null {
  let newest: Rate | null = null;
  // Sids of one kind sort by the time they were minted.
  for (const rate of rates.values()) if (!newest || rate.sid > newest.sid) newest = rate;
  return newest;
}

/** A number without its plus; empty for a name. */
function digitsOf(address: string): string {
  return /^\+?(\d+)$/.exec(address)?.[1] ?? '';
}
