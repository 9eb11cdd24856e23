import { createHash } from 'node:crypto';

/** Names as RFC 7616 §6.1 registers them, to what the crypto library calls them. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['MD5', 'md5'],
  ['SHA-256', 'sha256'],
  ['SHA-512-256', 'sha512-256'],
]);

const SESSION = '-SESS';

interface Algorithm {
  /** A name that `createHash` knows. */
  hash: string;
  /** One key for the session of a nonce and cnonce (RFC 7616 §3.4.2). */
  session: boolean;
}

/** Null for an algorithm that we do not speak. Names compare without regard to case. */
export function digestAlgorithm(name: string): Algorithm | null {
  const upper = name.toUpperCase();
  const session = upper.endsWith(SESSION);
  const hash = HASHES.get(session ? upper.slice(0, -SESSION.length) : upper);
  return hash === undefined ? null : { hash, session };
}

export interface DigestInput {
  algorithm: string;
  username: string;
  /** As between the quotes of the challenge. */
  realm: string;
  password: string;
  nonce: string;
  method: string;
  /** The digest-uri, exactly as it is sent. */
  uri: string;
  /** Absent: the calculation of RFC 2069, without nc and cnonce. */
  qop?: 'auth';
  /** Eight hex digits. */
  nc: string;
  cnonce: string;
}

/** The request-digest in lower case hex (RFC 7616 §3.4.1); null when the algorithm is not ours. */
export function digestResponse(input: DigestInput): string | null {
  const algorithm = digestAlgorithm(input.algorithm);
  if (algorithm === null) return null;
  const hash = (text: string) => createHash(algorithm.hash).update(text).digest('hex');
  const secret = hash(`${input.username}:${input.realm}:${input.password}`);
  const a1 = algorithm.session ? hash(`${secret}:${input.nonce}:${input.cnonce}`) : secret;
  const a2 = hash(`${input.method}:${input.uri}`);
  const middle =
    input.qop === undefined ? input.nonce : `${input.nonce}:${input.nc}:${input.cnonce}:${input.qop}`;
  return hash(`${a1}:${middle}:${a2}`);
}
