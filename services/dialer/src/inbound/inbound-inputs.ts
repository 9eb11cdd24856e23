import { FallbackFailedError } from '@trunkline/rcml';
import type { IncomingCallEnd } from '@trunkline/sip';
import type { CallInput } from '../call/call-machine.js';
import { outcomeOf } from '../call/outcome.js';
import { MarkupStatusError } from '../errors.js';
import type { InboundInput } from './inbound-machine.js';

const INBOUND_KINDS: Record<InboundInput['kind'], true> = {
  noted: true,
  'note-late': true,
  'caller-gone': true,
  unanswered: true,
  answer: true,
  'leg-over': true,
  'script-rejected': true,
  'script-over': true,
  'script-failed': true,
  'media-failed': true,
  'end-requested': true,
  drained: true,
  disowned: true,
  'time-limit': true,
};

/** What can happen to a call that came; the rest only calls that we place can meet. */
export function isInbound(input: InboundInput | CallInput): input is InboundInput {
  return input.kind in INBOUND_KINDS;
}

/** What the end of the leg means. Before the answer a BYE is a CANCEL that came late; what we refused ourselves was told before. */
export function inputOfLegEnd({ kind, q850 }: IncomingCallEnd, isAnswered: boolean): InboundInput {
  if (kind === 'rejected') return { kind: 'unanswered' };
  if (kind === 'canceled' || (kind === 'bye-remote' && !isAnswered)) return { kind: 'caller-gone', q850 };
  if (kind === 'session-expired')
    return { kind: 'leg-over', outcome: outcomeOf({ kind: 'session-expired' }) };
  if (kind === 'lost') return { kind: 'leg-over', outcome: outcomeOf({ kind: 'dialog-lost' }) };
  const side = kind === 'bye-local' ? 'local' : 'remote';
  return { kind: 'leg-over', outcome: outcomeOf({ kind: 'bye', side, q850, status: null }) };
}

/** What the customer's server answered to the request that decided; null when it did not answer. */
export function httpStatusOf(error: Error): number | null {
  const fault = error instanceof FallbackFailedError ? error.cause : error;
  return fault instanceof MarkupStatusError ? fault.status : null;
}
