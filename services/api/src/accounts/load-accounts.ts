import type { Logger } from '@trunkline/runtime';
import type { Account } from '@trunkline/store';
import type { AccountTable } from '../ports.js';
import { type AccountBook, digestToken, type KnownAccount } from './account-book.js';
import type { TokenSealer } from './seal-token.js';

export interface AccountLoaderOptions {
  table: Pick<AccountTable, 'listAccounts'>;
  book: AccountBook;
  sealer: TokenSealer;
  log: Pick<Logger, 'error'>;
}

/** Brings the book up to what the database knows. */
export interface AccountLoader {
  /** Throws what the table throws, and leaves the book as it was then. */
  load(): Promise<void>;
}

/** A token is opened once, and again only when its row has changed. One that cannot be opened leaves its account out. */
export function createAccountLoader({ table, book, sealer, log }: AccountLoaderOptions): AccountLoader {
  let opened = new Map<string, { sealed: Buffer; tokenDigest: Buffer | null }>();

  const open = ({ sid, authTokenSealed }: Account): Buffer | null => {
    try {
      return digestToken(sealer.open(authTokenSealed, sid));
    } catch (err) {
      log.error({ err, accountSid: sid }, 'this account cannot be used: its token cannot be opened');
      return null;
    }
  };

  return {
    async load() {
      const accounts = await table.listAccounts();
      const next: typeof opened = new Map();
      const known: KnownAccount[] = [];
      for (const account of accounts) {
        const { sid, email, status, authTokenSealed: sealed } = account;
        const before = opened.get(sid);
        const tokenDigest = before?.sealed.equals(sealed) ? before.tokenDigest : open(account);
        next.set(sid, { sealed, tokenDigest });
        if (tokenDigest) known.push({ sid, email, status, tokenDigest });
      }
      opened = next;
      book.replace(known);
    },
  };
}
