import { randomBytes } from 'node:crypto';
import type { DigestChallenge } from './digest-challenge.js';
import { digestResponse } from './digest-hash.js';
import { quoteEscaped } from './digest-parameters.js';
import { UnsafeValueError } from './errors.js';
import { quote } from './parse-characters.js';

/** Who we are to whoever asks for it. */
export interface Credentials {
  username: string;
  password: string;
}

/** The request that is authorized. */
export interface AuthorizedRequest {
  method: string;
  /** The Request-URI, exactly as it is sent. */
  uri: string;
  /** How many requests used this nonce, this one included: from 1. */
  nonceCount: number;
  /** Made up when absent. */
  cnonce?: string;
}

const MAX_COUNT = 0xffff_ffff;

/**
 * The value of Authorization or Proxy-Authorization (RFC 7616 §3.4, RFC 3261 §22.4): algorithm, qop and nc unquoted, the rest
 * quoted; realm, nonce and opaque go back exactly as they came.
 *
 * @throws UnsafeValueError for what cannot be written, an algorithm that is not ours, or a count outside 1 to 2^32-1
 */
export function authorize(
  challenge: DigestChallenge,
  credentials: Credentials,
  request: AuthorizedRequest,
): string {
  const cnonce = request.cnonce ?? randomBytes(16).toString('hex');
  const nc = formatCount(request.nonceCount);
  const { algorithm, realm, nonce } = challenge;
  const { method, uri } = request;
  const qop = challenge.qop.length > 0 ? { qop: 'auth' as const } : {};
  const response = digestResponse({
    algorithm,
    realm,
    nonce,
    method,
    uri,
    nc,
    cnonce,
    ...credentials,
    ...qop,
  });
  if (response === null) throw new UnsafeValueError('a digest algorithm that is not spoken here');
  const parts = [`username=${quoteName(credentials.username)}`, `realm=${quoteEscaped(realm)}`];
  parts.push(`nonce=${quoteEscaped(nonce)}`, `uri=${quoteEscaped(uri)}`, `response="${response}"`);
  parts.push(`algorithm=${algorithm}`);
  if (challenge.opaque !== undefined) parts.push(`opaque=${quoteEscaped(challenge.opaque)}`);
  if (challenge.qop.length > 0 || isSession(algorithm)) parts.push(`cnonce=${quoteEscaped(cnonce)}`);
  if (challenge.qop.length > 0) parts.push('qop=auth', `nc=${nc}`);
  return `Digest ${parts.join(', ')}`;
}

function formatCount(count: number): string {
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw new UnsafeValueError('the nonce count is out of range');
  }
  return count.toString(16).padStart(8, '0');
}

function quoteName(username: string): string {
  if (/[\r\n]/.test(username)) throw new UnsafeValueError('the user name has a line break');
  return quote(username);
}

/** Its key is made with the cnonce, so the server needs that even without qop. */
function isSession(algorithm: string): boolean {
  return algorithm.toUpperCase().endsWith('-SESS');
}
