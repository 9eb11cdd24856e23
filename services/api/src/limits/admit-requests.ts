import type { Limits } from '@trunkline/limits';
import type { AccountBook, KnownAccount } from '../accounts/account-book.js';
import { TooManyRequestsError } from '../errors.js';
import { type AccountLimit, type LimitsOf, shownTo } from './limits-of-lineage.js';

export interface AdmitOptions {
  limits: Pick<Limits, 'takeRequest'>;
  limitsOf: LimitsOf;
  book: Pick<AccountBook, 'isBelow'>;
  /** Counts the refused. */
  onRefused: () => void;
}

/** Counts a request of the account whose credentials it has, and of those above it. @throws TooManyRequestsError */
export type Admit = (account: KnownAccount) => Promise<void> | undefined;

/** Without a limit nothing is asked. */
export function createAdmit({ limits, limitsOf, book, onRefused }: AdmitOptions): Admit {
  /** Nearest first: what an account is refused at its own limit costs those above it nothing. */
  const admit = async (caller: KnownAccount, asked: readonly AccountLimit[]) => {
    for (const limit of asked) {
      const verdict = await limits.takeRequest(limit.account.sid, limit.max);
      if (verdict.allowed) continue;
      onRefused();
      throw new TooManyRequestsError(
        complaint(limit, shownTo(caller, limit, book)),
        verdict.retryAfterMs / 1_000,
      );
    }
  };
  return (account) => {
    const asked = limitsOf(account);
    return asked.length > 0 ? admit(account, asked) : undefined;
  };
}

function complaint({ max }: AccountLimit, name: string | null): string {
  if (name === null) return 'An account above has made as many requests in this second as it may make';
  return `${name} may make ${max} ${max === 1 ? 'request' : 'requests'} a second`;
}
