import type { MarkupElement } from '../parse.js';
import type { Verb, VerbContext } from './verb.js';

const DEFAULT_SECONDS = 1;
/** A day: longer than any call, and far from where a timer overflows (2^31 ms). */
const MAX_SECONDS = 86_400;

/** `<Pause length="seconds"/>`: nothing happens for that long, and a call that came rings on. 0 is no pause at all. */
export const pause: Verb = {
  attributes: ['length'],
  needsAnswer: false,
  async run(element, context) {
    const seconds = readLength(element, context);
    if (seconds === 0) return { kind: 'next' };
    await context.control.pause(seconds, context.signal);
    return { kind: 'waited' };
  },
};

function readLength(element: MarkupElement, context: VerbContext): number {
  const text = element.attributes.get('length');
  if (text === undefined) return DEFAULT_SECONDS;
  if (!/^\d+$/.test(text)) {
    context.warn(`length must be a whole number of seconds: ${DEFAULT_SECONDS} is used`);
    return DEFAULT_SECONDS;
  }
  const seconds = Number(text);
  if (seconds > MAX_SECONDS) context.warn(`length is more than ${MAX_SECONDS} seconds: that is used`);
  return Math.min(seconds, MAX_SECONDS);
}
