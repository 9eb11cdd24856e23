import { randomBytes, timingSafeEqual } from 'node:crypto';
import { digestAlgorithm, digestResponse } from './digest-hash.js';
import { type DigestParameters, parseDigestParameters } from './digest-parameters.js';
import { unquote } from './parse-characters.js';

/** What an Authorization must fit. */
export interface ExpectedAuthorization {
  method: string;
  /** As in the challenge, escapes kept. */
  realm: string;
  /** The nonce that we gave out. */
  nonce: string;
  /** Null for a user that we do not know. */
  password: (username: string) => string | null;
  /** When given, the digest-uri must be this one (RFC 7616 §3.4.6); proxies may have changed the Request-URI since. */
  uri?: string;
  /** When given, the algorithm of our challenge; otherwise any that we speak. */
  algorithm?: string;
}

/**
 * Whether an Authorization or Proxy-Authorization value answers our challenge (RFC 7616 §3.4, RFC 3261 §22.4), with qop as
 * each of ours asks for. Takes the same time for an unknown user as for a wrong password. Whether a nonce was used before is
 * the caller's to know. Never throws on its own account.
 */
export function verifyAuthorization(header: string, expected: ExpectedAuthorization): boolean {
  const { password, ...rest } = expected;
  return matchAuthorization(header, { ...rest, passwords: (username) => [password(username)] }).length > 0;
}

/** As `ExpectedAuthorization`, where one username may be any of several users. */
export interface ExpectedUsers extends Omit<ExpectedAuthorization, 'password'> {
  /** Null for one who has none. */
  passwords: (username: string) => readonly (string | null)[];
}

/**
 * Whose of several passwords an Authorization shows: their places, [] when none's. Every one is tried, so that the time says
 * how many there are and not which was right; none takes as long as one.
 */
export function matchAuthorization(header: string, expected: ExpectedUsers): number[] {
  const params = parseDigestParameters(header);
  if (params === null || !fits(params, expected)) return [];
  const username = unquote(`"${params.get('username') ?? ''}"`);
  const passwords = expected.passwords(username);
  const isRight = (passwords.length > 0 ? passwords : [null]).map((password) => {
    const known = { username, password: password ?? randomBytes(16).toString('hex'), expected };
    return equalInConstantTime(calculate(params, known), params.get('response') ?? '') && password !== null;
  });
  return isRight.flatMap((right, place) => (right ? [place] : []));
}

function fits(params: DigestParameters, expected: Omit<ExpectedAuthorization, 'password'>): boolean {
  const algorithm = algorithmOf(params);
  return (
    params.get('realm') === expected.realm &&
    params.get('nonce') === expected.nonce &&
    params.has('username') &&
    params.has('uri') &&
    (expected.uri === undefined || params.get('uri') === expected.uri) &&
    digestAlgorithm(algorithm) !== null &&
    (expected.algorithm === undefined || algorithm === expected.algorithm.toUpperCase()) &&
    fitsQop(params)
  );
}

function algorithmOf(params: DigestParameters): string {
  return (params.get('algorithm') ?? 'MD5').toUpperCase();
}

function fitsQop(params: DigestParameters): boolean {
  const isCounted = /^[0-9A-Fa-f]{8}$/.test(params.get('nc') ?? '');
  return params.get('qop')?.toLowerCase() === 'auth' && params.has('cnonce') && isCounted;
}

function calculate(
  params: DigestParameters,
  known: { username: string; password: string; expected: ExpectedUsers },
): string {
  const { username, password, expected } = known;
  const { method, realm, nonce } = expected;
  const uri = params.get('uri') ?? '';
  const nc = params.get('nc') ?? '';
  const cnonce = params.get('cnonce') ?? '';
  const algorithm = algorithmOf(params);
  return (
    digestResponse({ algorithm, username, realm, password, nonce, method, uri, nc, cnonce, qop: 'auth' }) ??
    ''
  );
}

/** Lengths are public: they are those of the algorithm. */
function equalInConstantTime(ours: string, theirs: string): boolean {
  const a = Buffer.from(ours);
  const b = Buffer.from(theirs.toLowerCase());
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b);
}
