import type { Call } from '@trunkline/contracts';

/** Whether a call has waited so long for a dialer, `maxAgeMs`, that nobody wants it to ring any more. */
export function isExpired(call: Call, now: Date, maxAgeMs: number): boolean {
  return msToExpiry(call, now, maxAgeMs) < 0;
}

/** How long a call may still wait; negative when it has waited too long. */
export function msToExpiry(call: Call, now: Date, maxAgeMs: number): number {
  return Date.parse(call.dateCreated) + maxAgeMs - now.getTime();
}
