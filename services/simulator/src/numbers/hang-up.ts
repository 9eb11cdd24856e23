import { Q850_NORMAL_CLEARING } from '@trunkline/sip';
import type { Behaviour } from '../phone.js';

/** Rings, answers at once, and hangs up after a while. */
export function answerThenHangUp(talkMs: number): Behaviour {
  return async (phone) => {
    phone.call.ring();
    await phone.answer();
    phone.later(talkMs, () => phone.call.bye(Q850_NORMAL_CLEARING));
  };
}
