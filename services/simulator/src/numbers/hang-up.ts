import type { Behaviour } from '../phone.js';

/** Normal call clearing (Q.850 §2.2.7). */
const NORMAL_CLEARING = 16;

/** Rings, answers at once, and hangs up after a while. */
export function answerThenHangUp(talkMs: number): Behaviour {
  return async (phone) => {
    phone.call.ring();
    await phone.answer();
    phone.later(talkMs, () => phone.call.bye(NORMAL_CLEARING));
  };
}
