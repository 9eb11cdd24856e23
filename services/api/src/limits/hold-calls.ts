import type { Limits } from '@trunkline/limits';
import type { Logger } from '@trunkline/runtime';
import type { CallLimits } from '../ports.js';
import { type LimitDefaults, limitOf } from './limit-defaults.js';

export interface HoldCallsOptions {
  limits: Pick<Limits, 'takeCall' | 'keepCall' | 'releaseCalls'>;
  defaults: LimitDefaults;
  onRefused: () => void;
  /** Told that somebody asked for a place. */
  onAsked: () => void;
  log: Pick<Logger, 'warn'>;
}

/** Places for calls: those of accounts that have a limit. */
export function createCallLimits({
  limits,
  defaults,
  onRefused,
  onAsked,
  log,
}: HoldCallsOptions): CallLimits {
  return {
    async takeCall(account, callSid) {
      const max = limitOf(account, 'concurrentCalls', defaults);
      if (max === 0) return { allowed: true };
      onAsked();
      if (await limits.takeCall(account.sid, callSid, max)) return { allowed: true };
      onRefused();
      return { allowed: false, max };
    },
    keepCall(account, callSid) {
      // It never throws.
      if (limitOf(account, 'concurrentCalls', defaults) > 0) void limits.keepCall(account.sid, callSid);
    },
    releaseCall(accountSid, callSid) {
      limits
        .releaseCalls([{ accountSid, callSid }])
        .catch((err) =>
          log.warn({ err, callSid }, 'a call that was not accepted keeps its place for a minute'),
        );
    },
  };
}
