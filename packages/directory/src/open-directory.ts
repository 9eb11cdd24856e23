import {
  type Call,
  type Charge,
  type Client,
  chargeOf,
  type DirectoryAccount,
  type DirectoryEntry,
  noCharge,
  type PhoneNumber,
  type Rate,
  type Trunk,
} from '@trunkline/contracts';
import { ClientBook } from './client-book.js';
import { NumberBook } from './number-book.js';
import { RateBook } from './rate-book.js';
import type { Sealer } from './seal-text.js';
import { SecretBook } from './secret-book.js';
import { TrunkBook } from './trunk-book.js';

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
  /** Told once of each sealed token or password that cannot be opened. */
  onError: (error: Error) => void;
}

/** Kinds of entries whose changes can be listened to. */
export type DirectoryKind = 'trunk' | 'number' | 'client';

/** Accounts, their tokens and rates, trunks, numbers and clients, as this process knows them just now. Every question is answered from memory. */
export interface Directory {
  account(sid: string): DirectoryAccount | null;
  /** The token that signs what is sent to the account's servers; null when it is not known or cannot be opened. */
  tokenOf(accountSid: string): string | null;
  /**
   * What a call that is over costs. Not completed, or without a rate for its number: nothing, in its account's currency.
   * The rates are its account's, or else those of its nearest ancestor that has some.
   */
  chargeFor(call: Call): Charge;
  /** The trunks of an account, or of its nearest ancestor that has some; those that are switched off too. */
  trunksFor(accountSid: string): readonly Trunk[];
  /** Every account's. */
  trunks(): readonly Trunk[];
  /** A number of ours, however it is written: with its plus or without. */
  numberOf(written: string): PhoneNumber | null;
  clientOf(accountSid: string, login: string): Client | null;
  /** Of all accounts. */
  clientsByLogin(login: string): readonly Client[];
  /** The password of a trunk or client; null when it has none, or it cannot be opened. */
  passwordOf(holder: { sid: string; passwordSealed: string | null }): string | null;
  /** Told after each change of an entry of these kinds; it must not throw. Returns what ends it. */
  onChange(listener: (kind: DirectoryKind) => void): () => void;
  /** Whether everything has been told once. It stays so while the bus is away. */
  isReady(): boolean;
  /** False when the time was up first, or the directory was stopped. */
  whenReady(timeoutMs: number): Promise<boolean>;
  /** For metrics. */
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
  readonly #trunks = new TrunkBook();
  readonly #numbers = new NumberBook();
  readonly #clients = new ClientBook();
  readonly #secrets: SecretBook;
  readonly #listeners = new Set<(kind: DirectoryKind) => void>();
  readonly #waiting = new Set<(ready: boolean) => void>();
  #watch: { stop(): void } | null = null;
  #ready = false;
  #stopped = false;

  constructor({ sealer, onError }: DirectoryOptions) {
    this.#secrets = new SecretBook(sealer, onError);
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
    const account = this.#accounts.get(accountSid);
    return account ? this.#secrets.open({ sid: accountSid, sealed: account.authTokenSealed }) : null;
  }

  chargeFor(call: Call): Charge {
    const rate = call.status === 'completed' ? this.#rateFor(call) : null;
    if (rate) return chargeOf(call.durationSeconds ?? 0, rate);
    return noCharge(this.#accounts.get(call.accountSid)?.currency ?? DEFAULT_CURRENCY);
  }

  trunksFor(accountSid: string): readonly Trunk[] {
    const owner = this.#nearest(accountSid, (sid) => this.#trunks.has(sid));
    return owner === null ? [] : this.#trunks.of(owner);
  }

  trunks(): readonly Trunk[] {
    return this.#trunks.all();
  }

  numberOf(written: string): PhoneNumber | null {
    return this.#numbers.find(written);
  }

  clientOf(accountSid: string, login: string): Client | null {
    return this.#clients.of(accountSid, login);
  }

  clientsByLogin(login: string): readonly Client[] {
    return this.#clients.withLogin(login);
  }

  passwordOf(holder: { sid: string; passwordSealed: string | null }): string | null {
    return this.#secrets.open({ sid: holder.sid, sealed: holder.passwordSealed });
  }

  onChange(listener: (kind: DirectoryKind) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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
      if (before) this.#secrets.forget(sidOf(before));
    } else {
      this.#entries.set(key, entry);
      this.#putIn(entry);
    }
    this.#announce((entry ?? before)?.kind);
  }

  #putIn(entry: DirectoryEntry): void {
    switch (entry.kind) {
      case 'account':
        this.#accounts.set(entry.sid, entry);
        break;
      case 'rate':
        this.#rates.put(entry.rate);
        break;
      case 'trunk':
        this.#trunks.put(entry.trunk);
        break;
      case 'number':
        this.#numbers.put(entry.number);
        break;
      case 'client':
        this.#clients.put(entry.client);
        break;
    }
  }

  #takeOut(entry: DirectoryEntry): void {
    switch (entry.kind) {
      case 'account':
        this.#accounts.delete(entry.sid);
        break;
      case 'rate':
        this.#rates.remove(entry.rate);
        break;
      case 'trunk':
        this.#trunks.remove(entry.trunk);
        break;
      case 'number':
        this.#numbers.remove(entry.number);
        break;
      case 'client':
        this.#clients.remove(entry.client);
        break;
    }
  }

  #announce(kind: DirectoryEntry['kind'] | undefined): void {
    if (kind !== 'trunk' && kind !== 'number' && kind !== 'client') return;
    for (const listener of [...this.#listeners]) listener(kind);
  }

  #rateFor(call: Call): Rate | null {
    const accountSid = this.#nearest(call.accountSid, (sid) => this.#rates.has(sid));
    const direction = call.direction === 'inbound' ? 'inbound' : 'outbound';
    return accountSid === null ? null : this.#rates.find(accountSid, direction, call.to);
  }

  /** The account, or its nearest ancestor, of which that is true. */
  #nearest(accountSid: string, isIt: (sid: string) => boolean): string | null {
    let sid: string | null = accountSid;
    for (let steps = 0; sid !== null && steps <= MAX_ANCESTORS; steps += 1) {
      if (isIt(sid)) return sid;
      sid = this.#accounts.get(sid)?.parentSid ?? null;
    }
    return null;
  }
}

function sidOf(entry: DirectoryEntry): string {
  switch (entry.kind) {
    case 'account':
      return entry.sid;
    case 'rate':
      return entry.rate.sid;
    case 'trunk':
      return entry.trunk.sid;
    case 'number':
      return entry.number.sid;
    case 'client':
      return entry.client.sid;
  }
}
