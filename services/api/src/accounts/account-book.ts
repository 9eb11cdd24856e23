import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** An account as it is kept in memory: without its token, of which only a digest is needed to check one. */
export interface KnownAccount {
  sid: string;
  email: string;
  status: 'active' | 'suspended' | 'closed';
  tokenDigest: Buffer;
}

export function digestToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** Every account, in memory, so that a request costs no query and goes on without the database. */
export class AccountBook {
  private bySid = new Map<string, KnownAccount>();
  private byEmail = new Map<string, KnownAccount[]>();
  private loaded = false;

  /** @param first known before the database was asked, and whatever it says of other accounts */
  constructor(private readonly first: KnownAccount | null = null) {
    this.index(first ? [first] : []);
  }

  /** Whether the database was asked: before that, an unknown account may only be unknown here. */
  isLoaded(): boolean {
    return this.loaded;
  }

  size(): number {
    return this.bySid.size;
  }

  /** What the database knows. */
  replace(accounts: readonly KnownAccount[]): void {
    const { first } = this;
    const hasFirst = first === null || accounts.some(({ sid }) => sid === first.sid);
    this.index(hasFirst ? accounts : [first, ...accounts]);
    this.loaded = true;
  }

  find(sid: string): KnownAccount | null {
    return this.bySid.get(sid.toLowerCase()) ?? null;
  }

  /**
   * The account with that Sid or email and that token, whatever its status. It takes as long for an unknown name as for
   * a wrong token.
   */
  authenticate(login: string, token: string): KnownAccount | null {
    const digest = digestToken(token);
    const key = login.toLowerCase();
    const bySid = this.bySid.get(key);
    const candidates = bySid ? [bySid] : (this.byEmail.get(key) ?? [NOBODY]);
    let found: KnownAccount | null = null;
    for (const account of candidates) {
      if (timingSafeEqual(account.tokenDigest, digest) && account !== NOBODY) found ??= account;
    }
    return found;
  }

  private index(accounts: readonly KnownAccount[]): void {
    this.bySid = new Map(accounts.map((account) => [account.sid.toLowerCase(), account]));
    this.byEmail = new Map();
    for (const account of accounts) {
      const key = account.email.toLowerCase();
      this.byEmail.set(key, [...(this.byEmail.get(key) ?? []), account]);
    }
  }
}

/** Compared with when the login is unknown. */
const NOBODY: KnownAccount = { sid: '', email: '', status: 'closed', tokenDigest: randomBytes(32) };
