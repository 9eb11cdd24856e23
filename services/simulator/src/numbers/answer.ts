import type { Behaviour } from '../phone.js';

/** Rings for a while, answers, and stays until the caller hangs up. */
export function ringThenAnswer(ringMs: number): Behaviour {
  return (phone) => {
    phone.call.ring();
    phone.later(ringMs, () => phone.answer());
  };
}

/** Answers without ringing. */
export const answerAtOnce: Behaviour = (phone) => phone.answer();

/** Sends early media (183, RFC 3960) and answers later. */
export function earlyMediaThenAnswer(earlyMs: number): Behaviour {
  return async (phone) => {
    phone.call.ring({ status: 183, reason: 'Session Progress', body: await phone.sdp() });
    phone.later(earlyMs, () => phone.answer());
  };
}
