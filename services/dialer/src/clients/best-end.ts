import type { CallEnd } from '@trunkline/sip';
import { type Outcome, outcomeOf } from '../call/outcome.js';

/**
 * Of the ends of several INVITEs of one call that which tells most (RFC 3261 §16.7, step 6): somebody declined for all of them
 * (6xx), else the lowest class; silence counts as 408, a network's refusal as 503. Among 4xx what a person said comes first.
 */
export function bestEnd(ends: readonly CallEnd[]): CallEnd {
  const [first, ...others] = ends;
  if (!first) throw new RangeError('there is no end to choose from');
  return others.reduce((best, end) => (rankOf(end) < rankOf(best) ? end : best), first);
}

/** Somebody declined for all devices of the person (RFC 3261 §21.6). */
export function isGlobal(end: CallEnd): boolean {
  return end.kind === 'rejected' && end.status >= 600;
}

/** What it means for the call: there is no trunk that could be to blame, and no other to try. */
export function outcomeOfDevice(end: CallEnd): Outcome {
  const outcome = outcomeOf(end);
  const isLost = outcome.reason === 'trunk-failed' || outcome.sipCode === FLOW_FAILED;
  return { ...outcome, failover: false, reason: isLost ? 'unreachable' : outcome.reason };
}

/** RFC 5626 §11.5: the connection to the device has gone. */
const FLOW_FAILED = 430;
const SAID_BY_PEOPLE = [486, 480];

function rankOf(end: CallEnd): number {
  const status = statusOf(end);
  if (status >= 600) return 0;
  // What was said comes before what is only concluded.
  const place = end.kind === 'rejected' ? SAID_BY_PEOPLE.indexOf(status) : SAID_BY_PEOPLE.length + 1;
  return Math.floor(status / 100) * 10 + (place < 0 ? SAID_BY_PEOPLE.length : place);
}

function statusOf(end: CallEnd): number {
  if (end.kind === 'rejected' || end.kind === 'unauthorized') return end.status;
  if (end.kind === 'canceled') return end.status ?? 487;
  return end.kind === 'no-response' ? 408 : 503;
}
