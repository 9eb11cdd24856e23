import type { Sealer } from '@trunkline/directory';
import type { Logger } from '@trunkline/runtime';
import type { Account } from '@trunkline/store';
import { digestToken, type KnownAccount } from './account-book.js';

/** Makes of a stored account one that the book can hold. */
export interface AccountOpener {
  /** @param before as the book has it: a first token whose seal is still the same is not opened again */
  open(account: Account, before: KnownAccount | null): KnownAccount | null;
}

/** An account whose token cannot be opened is left out, and told of once. */
export function createAccountOpener(sealer: Sealer, log: Pick<Logger, 'error'>): AccountOpener {
  const told = new Set<string>();
  const digest = (sealed: Buffer, sid: string): Buffer | null => {
    try {
      return digestToken(sealer.open(sealed, sid));
    } catch (err) {
      if (!told.has(sid)) log.error({ err, accountSid: sid }, 'a token cannot be opened: it cannot be used');
      told.add(sid);
      return null;
    }
  };
  return {
    open(account, before) {
      const { sid, authTokenSealed: first, secondaryTokenSealed: second } = account;
      const tokenDigest = before?.authTokenSealed.equals(first) ? before.tokenDigest : digest(first, sid);
      if (!tokenDigest) return null;
      return { ...account, tokenDigest, secondaryDigest: second && digest(second, sid) };
    },
  };
}
