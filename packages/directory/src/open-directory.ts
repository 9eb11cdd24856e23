import {
  type Call,
  type Charge,
  chargeOf,
  type DirectoryAccount,
  type DirectoryEntry,
  noCharge,
  type Rate,
} from '@trunkline/contracts';
import { RateBook } from './rate-book.js';
import type { Sealer } from './seal-text.js';
import { TokenBook } from './token-book.js';

/** Where the entries come from: the bus's `directory`. */
export interface DirectorySource {
  watch(handlers: {
    onEntry: (key: string, entry: DirectoryEntry | null) => void;
    onReady: () => void;
  }): Promise<{ stop(): void }>;
}

export interface DirectoryOptions {
  source: DirectorySource;
  /** Null where no SECRET_KEY is given: no token is known then. */
  sealer: Sealer | null;
  /** Told once of each sealed token that cannot be opened. */
  onError: (error: Error) => void;
}

/** Accounts, their tokens and rates, as this process knows them just now. Every question is answered from memory. */
export interface Directory {
  account(sid: string): DirectoryAccount | null;
  /** The token that signs what is sent to the account's servers; null when it is not known or cannot be opened. */
  tokenOf(accountSid: string): string | null;
  /**
   * What a call that is over costs. Not completed, or without a rate for its number: nothing, in its account's currency.
   * The rates are its account's, or else those of its nearest ancestor that has some.
   */
  chargeFor(call: Call): Charge;
  /** Whether everything has been told once. It stays so while the bus is away. */
  isReady(): boolean;
  /** False when the time was up first, or the directory was stopped. */
  whenReady(timeoutMs: number): Promise<boolean>;
  /** For metrics. */
  size(): { accounts: number; rates: number };
  stop(): void;
}

/** What a call without an account that is known is priced in, at nothing. */
const DEFAULT_CURRENCY = 'USD';
/** A chain of accounts that is longer was made by mistake, or is a circle. */
const MAX_ANCESTORS = 10;

/** Begins to follow the source. It answers at once, with what it knows. */
export async function openDirectory(options: DirectoryOptions): Promise<Directory> {
  const book = new Book(options);
  await book.follow(options.source);
  return book;
}

class Book implements Directory {
  readonly #entries = new Map<string, DirectoryEntry>();
  readonly #accounts = new Map<string, DirectoryAccount>();
  readonly #rates = new RateBook();
  readonly #tokens: TokenBook;
  readonly #waiting = new Set<(ready: boolean) => void>();
  #watch: { stop(): void } | null = null;
  #ready = false;
  #stopped = false;

  constructor({ sealer, onError }: DirectoryOptions) {
    this.#tokens = new TokenBook(sealer, onError);
  }

  async follow(source: DirectorySource): Promise<void> {
    this.#watch = await source.watch({
      onEntry: (key, entry) => this.#replace(key, entry),
      onReady: () => {
        this.#ready = true;
        this.#tell(true);
      },
    });
  }

  account(sid: string): DirectoryAccount | null {
    return this.#accounts.get(sid) ?? null;
  }

  tokenOf(accountSid: string): string | null {
    return this.#tokens.open(this.#accounts.get(accountSid));
  }

  chargeFor(call: Call): Charge {
    const rate = call.status === 'completed' ? this.#rateFor(call) : null;
    if (rate) return chargeOf(call.durationSeconds ?? 0, rate);
    return noCharge(this.#accounts.get(call.accountSid)?.currency ?? DEFAULT_CURRENCY);
  }

  isReady(): boolean {
    return this.#ready;
  }

  whenReady(timeoutMs: number): Promise<boolean> {
    if (this.#ready || this.#stopped) return Promise.resolve(this.#ready);
    return new Promise((resolve) => {
      const tell = (ready: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(tell);
        resolve(ready);
      };
      const timer = setTimeout(() => tell(false), timeoutMs);
      this.#waiting.add(tell);
    });
  }

  size(): { accounts: number; rates: number } {
    return { accounts: this.#accounts.size, rates: this.#rates.size };
  }

  stop(): void {
    this.#stopped = true;
    this.#watch?.stop();
    this.#tell(false);
  }

  #tell(ready: boolean): void {
    for (const tell of [...this.#waiting]) tell(ready);
  }

  #replace(key: string, entry: DirectoryEntry | null): void {
    if (this.#stopped) return;
    const before = this.#entries.get(key);
    if (before) this.#takeOut(before);
    if (entry === null) {
      this.#entries.delete(key);
      if (before?.kind === 'account') this.#tokens.forget(before.sid);
      return;
    }
    this.#entries.set(key, entry);
    if (entry.kind === 'account') this.#accounts.set(entry.sid, entry);
    else this.#rates.put(entry.rate);
  }

  #takeOut(entry: DirectoryEntry): void {
    if (entry.kind === 'rate') this.#rates.remove(entry.rate);
    else this.#accounts.delete(entry.sid);
  }

  #rateFor(call: Call): Rate | null {
    const accountSid = this.#payerOf(call.accountSid);
    const direction = call.direction === 'inbound' ? 'inbound' : 'outbound';
    return accountSid === null ? null : this.#rates.find(accountSid, direction, call.to);
  }

  /** The account, or its nearest ancestor, whose rates hold. */
  #payerOf(accountSid: string): string | null {
    let sid: string | null = accountSid;
    for (let steps = 0; sid !== null && steps <= MAX_ANCESTORS; steps += 1) {
      if (this.#rates.has(sid)) return sid;
      sid = this.#accounts.get(sid)?.parentSid ?? null;
    }
    return null;
  }
}
