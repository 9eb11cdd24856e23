import type { Limits } from '@trunkline/limits';
import type { Logger } from '@trunkline/runtime';
import type { AccountBook, KnownAccount } from '../accounts/account-book.js';
import type { CallLimits } from '../ports.js';
import { type AccountLimit, type LimitsOf, shownTo } from './limits-of-lineage.js';

export interface HoldCallsOptions {
  limits: Pick<Limits, 'takeCall' | 'keepCall' | 'releaseCalls'>;
  limitsOf: LimitsOf;
  book: Pick<AccountBook, 'isBelow' | 'lineage'>;
  onRefused: () => void;
  /** Told that somebody asked for a place. */
  onAsked: () => void;
  log: Pick<Logger, 'warn'>;
}

/** Places for calls: with every account that has a limit, from the one that calls up. */
export function createCallLimits(options: HoldCallsOptions): CallLimits {
  const { limits, limitsOf, book, log } = options;
  return {
    takeCall: (asked, callSid) => takeCall(options, asked, callSid),
    keepCall(account, callSid) {
      const sids = limitsOf(account).map((limit) => limit.account.sid);
      // It never throws.
      if (sids.length > 0) void limits.keepCall(callSid, sids);
    },
    releaseCall(account, callSid) {
      const held = book.lineage(account).map(({ sid: accountSid }) => ({ accountSid, callSid }));
      limits
        .releaseCalls(held)
        .catch((err) =>
          log.warn({ err, callSid }, 'a call that was not accepted keeps its place for a minute'),
        );
    },
  };
}

async function takeCall(
  { limits, limitsOf, book, onAsked, onRefused }: HoldCallsOptions,
  { account, caller }: { account: KnownAccount; caller: KnownAccount },
  callSid: string,
): ReturnType<CallLimits['takeCall']> {
  const asked = limitsOf(account);
  if (asked.length === 0) return { allowed: true };
  onAsked();
  const places = asked.map((limit) => ({ accountSid: limit.account.sid, max: limit.max }));
  const verdict = await limits.takeCall(callSid, places);
  if (verdict.allowed) return verdict;
  onRefused();
  const full = asked.find((limit) => limit.account.sid === verdict.full.accountSid) as AccountLimit;
  return { allowed: false, complaint: complaint(full, shownTo(caller, full, book)) };
}

function complaint({ max }: AccountLimit, name: string | null): string {
  if (name === null) return 'An account above has as many calls at once as it may have';
  return `${name} has as many calls at once as it may have, which is ${max}`;
}
