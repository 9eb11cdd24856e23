import type { Behaviour } from '../phone.js';

/** Takes the call, hangs up, and calls whoever called, as a person does who was too late. */
export function hangUpAndCallBack({ talkMs, pauseMs }: { talkMs: number; pauseMs: number }): Behaviour {
  return async (phone) => {
    await phone.answer();
    phone.later(talkMs, () => {
      phone.callBack(pauseMs);
      phone.call.bye();
    });
  };
}
