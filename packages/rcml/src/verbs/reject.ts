import type { RejectReason } from '../call-control.js';
import type { MarkupElement } from '../parse.js';
import type { Verb, VerbContext } from './verb.js';

/** `<Reject reason="rejected|busy"/>`: refuses a call that came, which costs nothing. Once it is answered it does nothing. */
export const reject: Verb = {
  attributes: ['reason'],
  needsAnswer: false,
  async run(element, context) {
    const { control, warn } = context;
    if (control.isAnswered()) {
      warn('the call is answered already: skipped');
      return { kind: 'next' };
    }
    const reason = readReason(element, context);
    await control.reject(reason);
    return { kind: 'rejected', reason };
  },
};

function readReason({ attributes }: MarkupElement, { warn }: VerbContext): RejectReason {
  const reason = attributes.get('reason')?.toLowerCase() ?? 'rejected';
  if (reason === 'rejected' || reason === 'busy') return reason;
  warn('reason must be rejected or busy: rejected is used');
  return 'rejected';
}
