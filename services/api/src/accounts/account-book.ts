import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Account } from '@trunkline/store';

/** An account as it is kept in memory. Its tokens are there sealed, and as digests, by which one is checked. */
export interface KnownAccount extends Account {
  tokenDigest: Buffer;
  /** Null without a second token. */
  secondaryDigest: Buffer | null;
}

/** An API key as it is kept in memory. */
export interface KnownKey {
  /** `SK…` */
  sid: string;
  accountSid: string;
  scope: 'all' | 'read';
  secretDigest: Buffer;
  dateUpdated: string;
  /** When it was removed. */
  dateDeleted: string | null;
}

/** Whom right credentials belong to. */
export interface Authenticated {
  account: KnownAccount;
  scope: 'all' | 'read';
  /** Whether it was the account's first token: not the second one, and no API key. */
  isPrimary: boolean;
}

/** Looks in the database for a login that is not known here, or not with that secret; tells whether it is worth another try. */
export type Seek = (login: string) => Promise<boolean>;

export function digestToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** Every account and API key, in memory, so that a request costs no query and goes on without the database. */
export class AccountBook {
  readonly #accounts = new Map<string, KnownAccount>();
  readonly #byEmail = new Map<string, Set<string>>();
  readonly #keys = new Map<string, KnownKey>();
  #isLoaded = false;
  #seek: Seek = async () => false;

  /** @param first known before the database was asked */
  constructor(first: KnownAccount | null = null) {
    if (first) this.put([first]);
  }

  /** Whether the database was asked: before that, an unknown account may only be unknown here. */
  isLoaded(): boolean {
    return this.#isLoaded;
  }

  markLoaded(): void {
    this.#isLoaded = true;
  }

  /** How to look for what is not known here. */
  seekWith(seek: Seek): void {
    this.#seek = seek;
  }

  seek(login: string): Promise<boolean> {
    return this.#seek(login);
  }

  size(): number {
    return this.#accounts.size;
  }

  /** Takes accounts as the database has them; one that is known in a later version stays. */
  put(accounts: readonly KnownAccount[]): void {
    for (const account of accounts) {
      const key = account.sid.toLowerCase();
      const before = this.#accounts.get(key);
      if (before && before.dateUpdated > account.dateUpdated) continue;
      if (before) takeFrom(this.#byEmail, before.email.toLowerCase(), key);
      this.#accounts.set(key, account);
      if (account.email !== '') addTo(this.#byEmail, account.email.toLowerCase(), key);
    }
  }

  /** As `put`; a removed key is kept as long as its removal may be news to somebody. */
  putKeys(keys: readonly KnownKey[]): void {
    for (const key of keys) {
      const name = key.sid.toLowerCase();
      const before = this.#keys.get(name);
      if (!before || before.dateUpdated <= key.dateUpdated) this.#keys.set(name, key);
    }
  }

  /** Forgets keys that were removed before that time (ISO 8601). */
  forgetRemovedKeys(before: string): void {
    for (const [name, key] of this.#keys) {
      if (key.dateDeleted !== null && key.dateDeleted < before) this.#keys.delete(name);
    }
  }

  find(sid: string): KnownAccount | null {
    return this.#accounts.get(sid.toLowerCase()) ?? null;
  }

  /** Whether an account or a key logs in so. */
  knows(login: string): boolean {
    const name = login.toLowerCase();
    return this.#accounts.has(name) || this.#keys.has(name) || (this.#byEmail.get(name)?.size ?? 0) > 0;
  }

  /** Whether any account satisfies it. */
  some(is: (account: KnownAccount) => boolean): boolean {
    for (const account of this.#accounts.values()) if (is(account)) return true;
    return false;
  }

  /** The account and all above it, nearest first. */
  lineage(account: KnownAccount): KnownAccount[] {
    const line = [account];
    for (let above = parentOf(account); above && line.length <= MAX_LINEAGE; ) {
      const next = this.find(above);
      if (!next) break;
      line.push(next);
      above = parentOf(next);
    }
    return line;
  }

  /** Whether the account is below the other, at any depth. */
  isBelow(account: KnownAccount, ancestor: KnownAccount): boolean {
    return this.lineage(account)
      .slice(1)
      .some(({ sid }) => sid === ancestor.sid);
  }

  /** The account, or the nearest one above it, that is not active; null when all are. */
  inactive(account: KnownAccount): KnownAccount | null {
    if (account.parentSid === null) return account.status === 'active' ? null : account;
    return this.lineage(account).find(({ status }) => status !== 'active') ?? null;
  }

  /**
   * Whom these credentials belong to, whatever the account's status: its Sid or email and one of its tokens, or an API key
   * and its secret. It takes as long for an unknown name as for a wrong token.
   */
  authenticate(login: string, token: string, now = new Date()): Authenticated | null {
    const digest = digestToken(token);
    const name = login.toLowerCase();
    const key = this.#keys.get(name);
    if (key) return this.#authenticateKey(key, digest);
    let found: Authenticated | null = null;
    for (const account of this.#candidates(name)) {
      const opened = openedBy(account, digest, now);
      if (opened === null || account === NOBODY) continue;
      found ??= { account, scope: 'all', isPrimary: opened === 'first' };
    }
    return found;
  }

  #authenticateKey(key: KnownKey, digest: Buffer): Authenticated | null {
    const isRight = timingSafeEqual(key.secretDigest, digest);
    const account = this.find(key.accountSid);
    if (!isRight || !account || key.dateDeleted !== null) return null;
    return { account, scope: key.scope, isPrimary: false };
  }

  #candidates(name: string): KnownAccount[] {
    const account = this.#accounts.get(name);
    if (account) return [account];
    const sids = [...(this.#byEmail.get(name) ?? [])];
    const sharing = sids.flatMap((sid) => this.#accounts.get(sid) ?? []);
    return sharing.length > 0 ? sharing : [NOBODY];
  }
}

/** More than there can be: a circle, which the database does not allow, would end here. */
const MAX_LINEAGE = 10;

function parentOf({ parentSid }: KnownAccount): string | null {
  return parentSid;
}

function addTo(index: Map<string, Set<string>>, key: string, sid: string): void {
  const sids = index.get(key);
  if (sids) sids.add(sid);
  else index.set(key, new Set([sid]));
}

function takeFrom(index: Map<string, Set<string>>, key: string, sid: string): void {
  const sids = index.get(key);
  sids?.delete(sid);
  if (sids?.size === 0) index.delete(key);
}

/** Both tokens are compared, whichever it is. */
function openedBy(account: KnownAccount, digest: Buffer, now: Date): 'first' | 'second' | null {
  const { tokenDigest, secondaryDigest, secondaryExpires } = account;
  const isFirst = timingSafeEqual(tokenDigest, digest);
  const isSecond = timingSafeEqual(secondaryDigest ?? NOBODY.tokenDigest, digest);
  const isInTime = secondaryExpires === null || new Date(secondaryExpires) > now;
  if (isFirst) return 'first';
  return isSecond && secondaryDigest !== null && isInTime ? 'second' : null;
}

/** Compared with when the login is unknown. */
const NOBODY: KnownAccount = {
  sid: '',
  parentSid: null,
  email: '',
  friendlyName: '',
  status: 'closed',
  currency: 'USD',
  authTokenSealed: Buffer.alloc(0),
  secondaryTokenSealed: null,
  secondaryExpires: null,
  requestsPerSecond: null,
  concurrentCalls: null,
  dateCreated: '',
  dateUpdated: '',
  tokenDigest: randomBytes(32),
  secondaryDigest: null,
};
