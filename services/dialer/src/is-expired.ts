import type { Call } from '@trunkline/contracts';

/** Whether a call has waited so long for a dialer, `maxAgeMs`, that nobody wants it to ring any more. */
export function isExpired(call: Call, now: Date, maxAgeMs: number): boolean {
  return now.getTime() - Date.parse(call.dateCreated) > maxAgeMs;
}
