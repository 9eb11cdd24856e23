import type { CallEnd, TargetFailure } from './agent-call.js';
import type { CallRoute } from './agent-call-route.js';
import { contactUrisOf } from './agent-redirect.js';
import type { SipResponse } from './message.js';
import { q850CauseOf } from './message-fields.js';
import { parseRetryAfter } from './parse-retry-after.js';
import type { SipAddress } from './transport.js';

/**
 * Moves the route on after a final response that is no challenge, and says why; null when the call ends with it. A phone that
 * was reached speaks for all; only a redirect may follow its ringing.
 */
export function chooseNext(
  route: CallRoute,
  response: SipResponse,
  hasRung: boolean,
): 'rejected' | 'redirected' | null {
  const { status } = response;
  if (status < 400 && route.redirect(response)) return 'redirected';
  if (hasRung) return null;
  // RFC 3263 §4.3. What a redirect led to may also be simply wrong (RFC 3261 §8.1.3.4).
  const hasNext = status === 503 ? route.next() : !isOfCallee(status) && route.nextContact();
  return hasNext ? 'rejected' : null;
}

/** Who answers so has been asked, or speaks for whom we asked for: nobody else is. */
function isOfCallee(status: number): boolean {
  return status === 403 || status === 480 || status === 486 || status === 487 || status >= 600;
}

/** A 3xx to 6xx that the call ends with. */
export function rejectionOf(response: SipResponse): CallEnd {
  const { status, reason } = response;
  const contacts = status < 400 ? contactUrisOf(response) : [];
  return { kind: 'rejected', status, reason, contacts, ...sayingsOf(response) };
}

export function failureOf(
  target: SipAddress,
  failure: TargetFailure['failure'],
  response?: SipResponse,
): TargetFailure {
  if (!response) return { target, failure, status: null, reason: null, q850: null, retryAfterSeconds: null };
  const { status, reason } = response;
  return { target, failure, status, reason, ...sayingsOf(response) };
}

function sayingsOf(response: SipResponse): { q850: number | null; retryAfterSeconds: number | null } {
  return {
    q850: q850CauseOf(response),
    retryAfterSeconds: parseRetryAfter(response.headers.get('Retry-After')),
  };
}
