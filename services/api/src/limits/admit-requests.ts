import type { Limits } from '@trunkline/limits';
import type { KnownAccount } from '../accounts/account-book.js';
import { TooManyRequestsError } from '../errors.js';
import { type LimitDefaults, limitOf } from './limit-defaults.js';

export interface AdmitOptions {
  limits: Pick<Limits, 'takeRequest'>;
  defaults: LimitDefaults;
  /** Counts the refused. */
  onRefused: () => void;
}

/** Counts a request of the account whose credentials it has. @throws TooManyRequestsError */
export type Admit = (account: KnownAccount) => Promise<void> | undefined;

/** Without a limit nothing is asked. */
export function createAdmit({ limits, defaults, onRefused }: AdmitOptions): Admit {
  const admit = async (sid: string, perSecond: number) => {
    const verdict = await limits.takeRequest(sid, perSecond);
    if (verdict.allowed) return;
    onRefused();
    const message = `The account may make ${perSecond} ${perSecond === 1 ? 'request' : 'requests'} a second`;
    throw new TooManyRequestsError(message, verdict.retryAfterMs / 1_000);
  };
  return (account) => {
    const perSecond = limitOf(account, 'requestsPerSecond', defaults);
    return perSecond > 0 ? admit(account.sid, perSecond) : undefined;
  };
}
