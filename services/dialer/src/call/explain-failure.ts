import type { Trunk } from '@trunkline/contracts';
import { type CallEnd, ResolveError, type TargetFailure, TransportError } from '@trunkline/sip';

/** Errors of sockets and of TLS, by their code, as they are told to customers: what other errors say may be anything. */
const PHRASES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'the connection was reset'],
  ['EPIPE', 'the connection was reset'],
  ['ETIMEDOUT', 'no connection in time'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'no route to the host'],
  ['EADDRNOTAVAIL', 'no route to the host'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate is for another name'],
  ['CERT_HAS_EXPIRED', 'the certificate has expired'],
  ['CERT_NOT_YET_VALID', 'the certificate is not valid yet'],
  ['CERT_REVOKED', 'the certificate was revoked'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the certificate is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the certificate is of an unknown authority'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'the certificate is of an unknown authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'the certificate is of an unknown authority'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the certificate is of an unknown authority'],
]);

const NO_TLS = 'TLS could not be agreed on';
const ANY = 'no connection';

/** Deeper causes say nothing that could be told. */
const MAX_DEPTH = 5;

/** Why nothing could be sent, in a few words that are safe to show. */
export function explainError(error: Error & { retryable?: boolean }): string {
  let cause: unknown = error;
  for (let depth = 0; cause instanceof Error && depth < MAX_DEPTH; depth++) {
    if (cause instanceof ResolveError) return 'no address';
    const { code } = cause as { code?: unknown };
    const phrase = typeof code === 'string' ? (PHRASES.get(code) ?? tlsPhrase(code)) : undefined;
    if (phrase !== undefined) return phrase;
    // Without a cause the words are ours.
    if (cause instanceof TransportError && cause.cause === undefined) return cause.message;
    cause = cause.cause;
  }
  return error.retryable === false ? 'a value of the call cannot be written into SIP' : ANY;
}

/** Why an INVITE failed that was answered by nobody; null when a response says it. */
export function explainEnd(end: CallEnd): string | null {
  if (end.kind === 'no-response') return NO_RESPONSE;
  return end.kind === 'unreachable' ? explainError(end.error) : null;
}

/** As `explainEnd`, of one target of several. */
export function explainTarget({ failure, error }: TargetFailure): string | null {
  if (failure === 'no-response') return NO_RESPONSE;
  return failure === 'unreachable' ? (error ? explainError(error) : ANY) : null;
}

/** Nothing at all came within the time there was. */
const NO_RESPONSE = 'no response';

/** RFC 3261 §21.3: the others name a proxy, or are for people to read. */
const FOLLOWED = [300, 301, 302];

/** Why a 3xx was not followed; null when there was none, or when it names nobody. */
export function explainRedirect(trunk: Pick<Trunk, 'name' | 'followRedirects'>, end: CallEnd): string | null {
  if (end.kind !== 'rejected' || end.contacts.length === 0) return null;
  const { status, contacts } = end;
  return `'${trunk.name}' says ${status}, and sends us to ${contacts.join(', ')}: not followed, since ${whyNot()}`;

  function whyNot(): string {
    if (!trunk.followRedirects) return 'the trunk has FollowRedirects off';
    if (!FOLLOWED.includes(status)) return `a ${status} never is`;
    return "only what leads to the trunk's own addresses is, at most 5 times and before the phone rings";
  }
}

function tlsPhrase(code: string): string | undefined {
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO' ? NO_TLS : undefined;
}
