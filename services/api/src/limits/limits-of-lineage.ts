import type { AccountBook, KnownAccount } from '../accounts/account-book.js';

/** What accounts without limits of their own may have; 0: no limit. */
export interface LimitDefaults {
  requestsPerSecond: number;
  concurrentCalls: number;
}

/** A limit, and the account that has it. */
export interface AccountLimit {
  account: KnownAccount;
  max: number;
}

/** The limits that count for what an account does, nearest first; none when nothing limits it. */
export type LimitsOf = (account: KnownAccount) => AccountLimit[];

/** An account's limit; 0 when it has none. */
export function limitOf(account: KnownAccount, limit: keyof LimitDefaults, defaults: LimitDefaults): number {
  return account[limit] ?? defaults[limit];
}

/**
 * An account's own limit, and those of all above it: who is limited would else go round its limit by an account below. The
 * default of an account with nobody above it is for itself alone, since everybody else would have to share it.
 */
export function limitsOfLineage(
  book: Pick<AccountBook, 'lineage'>,
  limit: keyof LimitDefaults,
  defaults: LimitDefaults,
): LimitsOf {
  return (account) =>
    book
      .lineage(account)
      .map((one) => {
        const isTopmost = one !== account && one.parentSid === null;
        return { account: one, max: isTopmost ? (one[limit] ?? 0) : limitOf(one, limit, defaults) };
      })
      .filter(({ max }) => max > 0);
}

/** How a refusal calls the account that has the limit. Of accounts above the caller nothing is told. */
export function shownTo(caller: KnownAccount, { account }: AccountLimit, book: Pick<AccountBook, 'isBelow'>) {
  return account.sid === caller.sid || book.isBelow(account, caller) ? `Account ${account.sid}` : null;
}
