import { digestAlgorithm } from './digest-hash.js';
import { type DigestParameters, parseDigestParameters, quoteEscaped } from './digest-parameters.js';
import { UnsafeValueError } from './errors.js';
import { isAll, TOKEN } from './parse-characters.js';

/** A Digest challenge that we can answer (RFC 7616 §3.3). Strings are as they stand between the quotes, escapes kept. */
export interface DigestChallenge {
  realm: string;
  nonce: string;
  /** MD5, SHA-256 or SHA-512-256, each also with -sess; as written, MD5 when none was. */
  algorithm: string;
  /** As offered; empty for a server of RFC 2069's time. */
  qop: string[];
  opaque?: string;
  /** The credentials were right but the nonce was too old: try once more with the new one. */
  stale: boolean;
}

/**
 * Reads WWW-Authenticate or Proxy-Authenticate values, one challenge each. What we cannot answer is left out: another scheme
 * or algorithm, a qop without `auth`, no realm or nonce. Never throws.
 */
export function parseChallenges(headers: string[]): DigestChallenge[] {
  return headers.flatMap((header) => {
    const params = parseDigestParameters(header);
    return (params && readChallenge(params)) ?? [];
  });
}

function readChallenge(params: DigestParameters): DigestChallenge | null {
  const realm = params.get('realm');
  const nonce = params.get('nonce');
  const algorithm = params.get('algorithm') ?? 'MD5';
  const qop = readQop(params.get('qop'));
  if (realm === undefined || nonce === undefined || digestAlgorithm(algorithm) === null) return null;
  if (qop.length > 0 && !qop.includes('auth')) return null;
  const opaque = params.get('opaque');
  const stale = params.get('stale')?.toLowerCase() === 'true';
  return { realm, nonce, algorithm, qop, ...(opaque !== undefined && { opaque }), stale };
}

function readQop(text = ''): string[] {
  return text
    .toLowerCase()
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The one to answer: the topmost with a SHA-2 algorithm, else the topmost (RFC 8760 §2.4, with preference as local policy). */
export function chooseChallenge(challenges: DigestChallenge[]): DigestChallenge | null {
  const strong = challenges.find(({ algorithm }) => algorithm.toUpperCase().startsWith('SHA-'));
  return strong ?? challenges[0] ?? null;
}

/** One to answer for each realm, in the order of the realms: proxies on the way may each ask (RFC 3261 §22.3). */
export function chooseChallenges(challenges: DigestChallenge[]): DigestChallenge[] {
  const realms = new Map<string, DigestChallenge[]>();
  for (const challenge of challenges) {
    const same = realms.get(challenge.realm);
    if (same === undefined) realms.set(challenge.realm, [challenge]);
    else same.push(challenge);
  }
  return [...realms.values()].flatMap((same) => chooseChallenge(same) ?? []);
}

/**
 * The value of WWW-Authenticate or Proxy-Authenticate: qop quoted; algorithm and stale not (RFC 7616 §3.3).
 *
 * @throws UnsafeValueError
 */
export function formatChallenge(challenge: DigestChallenge): string {
  if (!isAll(TOKEN, challenge.algorithm)) throw new UnsafeValueError('the algorithm cannot be written');
  const parts = [`realm=${quoteEscaped(challenge.realm)}`, `nonce=${quoteEscaped(challenge.nonce)}`];
  if (challenge.opaque !== undefined) parts.push(`opaque=${quoteEscaped(challenge.opaque)}`);
  if (challenge.stale) parts.push('stale=true');
  parts.push(`algorithm=${challenge.algorithm}`);
  if (challenge.qop.length > 0) parts.push(`qop=${quoteEscaped(challenge.qop.join(','))}`);
  return `Digest ${parts.join(', ')}`;
}
