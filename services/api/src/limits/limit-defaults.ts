import type { KnownAccount } from '../accounts/account-book.js';

/** What accounts without limits of their own may have; 0: no limit. */
export interface LimitDefaults {
  requestsPerSecond: number;
  concurrentCalls: number;
}

/** An account's limit; 0 when it has none. */
export function limitOf(account: KnownAccount, limit: keyof LimitDefaults, defaults: LimitDefaults): number {
  return account[limit] ?? defaults[limit];
}
