import type { EndReason, FinalStatus } from '@trunkline/contracts';
import type { CallEnd, TargetFailure } from '@trunkline/sip';
import type { NoRoute } from '../trunks/routes.js';

/** What the end of a leg means for the call. */
export interface Outcome {
  status: FinalStatus;
  reason: EndReason;
  side: 'local' | 'remote';
  /** The SIP status that decided, or null when nothing was said. */
  sipCode: number | null;
  sipReason: string | null;
  q850Cause: number | null;
  /** Whether another trunk may have more luck: never after a person or the number itself answered. */
  failover: boolean;
}

type Verdict = Pick<Outcome, 'status' | 'reason' | 'failover'>;

/** Reads the end of a leg (ARCHITECTURE.md, 'A call'), with the finer causes of Q.850 that a gateway hides behind 480 or 5xx. */
export function outcomeOf(end: CallEnd): Outcome {
  switch (end.kind) {
    case 'rejected':
      return told(verdictOf(end.status, end.q850), end.status, end.reason, end.q850);
    case 'unauthorized':
      return told(UNAUTHORIZED, end.status, end.reason, null);
    case 'canceled':
      return end.status === null ? ours(GAVE_UP) : told(GAVE_UP, end.status, end.reason, null);
    case 'no-response':
      return ours(NO_RESPONSE);
    case 'unreachable':
      return ours(mayHelp(end.error) ? UNREACHABLE : UNSENDABLE);
    case 'bye':
      return { ...HUNG_UP, side: end.side, sipCode: end.status, sipReason: null, q850Cause: end.q850 };
    case 'dialog-lost':
      return { ...LOST, side: 'remote', sipCode: null, sipReason: null, q850Cause: null };
    case 'session-expired':
      return { ...EXPIRED, side: 'remote', sipCode: null, sipReason: null, q850Cause: null };
  }
}

/** No INVITE left, for there was no trunk to send it over. */
export function outcomeWithoutTrunk(reason: NoRoute['reason']): Outcome {
  return ours({ status: 'failed', reason, failover: false });
}

/** Why one target of a trunk did not take the call. */
export function reasonOfTarget({ failure, status, q850 }: TargetFailure): EndReason {
  if (failure === 'unreachable') return 'unreachable';
  if (failure === 'redirected') return 'rejected';
  return status === null ? 'trunk-failed' : verdictOf(status, q850).reason;
}

const BUSY: Verdict = { status: 'busy', reason: 'busy', failover: false };
const DECLINED: Verdict = { status: 'busy', reason: 'declined', failover: false };
const GAVE_UP: Verdict = { status: 'no-answer', reason: 'unavailable', failover: false };
const UNKNOWN_NUMBER: Verdict = { status: 'failed', reason: 'unknown-number', failover: false };
const UNAUTHORIZED: Verdict = { status: 'failed', reason: 'unauthorized', failover: false };
const NO_MEDIA: Verdict = { status: 'failed', reason: 'media-failed', failover: false };
const REJECTED: Verdict = { status: 'failed', reason: 'rejected', failover: false };
const TRUNK_FAILED: Verdict = { status: 'failed', reason: 'trunk-failed', failover: true };
const NO_RESPONSE: Verdict = { status: 'failed', reason: 'trunk-failed', failover: true };
const UNREACHABLE: Verdict = { status: 'failed', reason: 'unreachable', failover: true };
/** A value of the call's own cannot be written into SIP: no trunk is to blame. */
const UNSENDABLE: Verdict = { status: 'failed', reason: 'rejected', failover: false };
const HUNG_UP: Verdict = { status: 'completed', reason: 'hangup', failover: false };
/** The talk was real, and it is over: who ended it did not say so. */
const EXPIRED: Verdict = { status: 'completed', reason: 'session-expired', failover: false };
const LOST: Verdict = { status: 'failed', reason: 'connection-lost', failover: false };

/** Final statuses with a meaning of their own (RFC 3261 §21.4–21.6). */
const BY_STATUS = new Map<number, Verdict>([
  [404, UNKNOWN_NUMBER],
  [408, GAVE_UP],
  [410, UNKNOWN_NUMBER],
  [415, NO_MEDIA],
  [480, GAVE_UP],
  [484, UNKNOWN_NUMBER],
  [486, BUSY],
  [487, GAVE_UP],
  [488, NO_MEDIA],
  [600, BUSY],
  [603, DECLINED],
  [604, UNKNOWN_NUMBER],
  [606, NO_MEDIA],
]);

/** Causes that speak of the called party (Q.850 §2.2.7): they win over a 480 or 5xx, which says less. */
const BY_CAUSE = new Map<number, Verdict>([
  [1, UNKNOWN_NUMBER],
  [17, BUSY],
  [18, GAVE_UP],
  [19, GAVE_UP],
  [21, DECLINED],
  [22, UNKNOWN_NUMBER],
  [28, UNKNOWN_NUMBER],
]);

function verdictOf(status: number, q850: number | null): Verdict {
  const isVague = status === 480 || (status >= 500 && status < 600);
  const byCause = isVague && q850 !== null ? BY_CAUSE.get(q850) : undefined;
  if (byCause) return byCause;
  return BY_STATUS.get(status) ?? (status >= 500 && status < 600 ? TRUNK_FAILED : REJECTED);
}

/** Whether another trunk may have more luck after this error: unless it says itself that a retry cannot help. */
function mayHelp(error: Error & { retryable?: boolean }): boolean {
  return error.retryable !== false;
}

function told(
  verdict: Verdict,
  sipCode: number,
  sipReason: string | null,
  q850Cause: number | null,
): Outcome {
  return { ...verdict, side: 'remote', sipCode, sipReason, q850Cause };
}

/** Nothing was said: our timer or our socket decided. */
function ours(verdict: Verdict): Outcome {
  return { ...verdict, side: 'local', sipCode: null, sipReason: null, q850Cause: null };
}
