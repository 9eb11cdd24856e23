import type { Behaviour } from '../phone.js';

/** Refuses the call with a final status (RFC 3261 §21.4–21.6). */
export function refuse(status: number, reason: string): Behaviour {
  return (phone) => phone.call.reject(status, { reason });
}
