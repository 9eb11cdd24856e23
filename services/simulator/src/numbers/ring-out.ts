import type { Behaviour } from '../phone.js';

/** Rings until the caller gives up. */
export const ringForEver: Behaviour = (phone) => phone.call.ring();

/** Says nothing at all, as a host that swallows every packet. */
export const neverReply: Behaviour = (phone) => phone.call.ignore();
