import type { Clock } from './clock.js';
import { formatChallenge } from './digest-challenge.js';
import { NonceBook } from './digest-nonce.js';
import { type DigestParameters, parseDigestParameters } from './digest-parameters.js';
import { matchAuthorization } from './digest-verify.js';
import type { SipRequest } from './message.js';
import { quote, unquote } from './parse-characters.js';
import { userOf } from './parse-uri.js';

export interface DigestGuardOptions {
  realm: string;
  /** A secret; nonces are good in the process that gave them out only, as is the memory of their use. */
  key: Buffer;
  clock: Clock;
  /** How long a nonce may be used; 5 min unless told. */
  nonceLifeMs?: number;
  /** Whether whoever sent it takes no challenge at all when one of them is by an algorithm that it does not know; nobody unless told. */
  knowsOnlyMd5?: (request: SipRequest) => boolean;
}

export type DigestVerdict =
  /** `place`: whose of the passwords it was. */
  | { kind: 'known'; username: string; place: number }
  | { kind: 'challenge'; status: 401 | 407; headers: [string, string][] }
  /** A wrong password, or a user that is not there: to be answered 403, and counted. */
  | { kind: 'refused' }
  /** A password that several of them have. */
  | { kind: 'ambiguous' };

/** Who may be asking. */
export interface DigestCandidates {
  kind: 'register' | 'proxy';
  /** The IP address that the request came from: whoever got a nonce elsewhere is asked anew, and not refused. */
  host: string;
  /**
   * Of all whom that username may mean, null for one who has none; [] for a user that is not there, which takes as long to
   * refuse as a wrong password. The caller bounds them.
   */
  passwordsOf: (username: string) => readonly (string | null)[];
}

/** Asks devices for their password (RFC 3261 §22, RFC 7616, RFC 8760). */
export interface DigestGuard {
  /** Never throws on its own account. */
  check(request: SipRequest, candidates: DigestCandidates): DigestVerdict;
}

const NONCE_LIFE_MS = 300_000;

/** Offered in this order: who understands the first does not look further (RFC 8760 §2.4). */
const OFFERED = ['SHA-256', 'MD5'];

const WAYS = {
  register: { status: 401, asks: 'WWW-Authenticate', answers: 'Authorization' },
  proxy: { status: 407, asks: 'Proxy-Authenticate', answers: 'Proxy-Authorization' },
} as const;

export function createDigestGuard(options: DigestGuardOptions): DigestGuard {
  const { key, clock, nonceLifeMs = NONCE_LIFE_MS, knowsOnlyMd5 = () => false } = options;
  const realm = quote(options.realm).slice(1, -1);
  const nonces = new NonceBook({ key, clock, lifeMs: nonceLifeMs });

  function challenge(request: SipRequest, { kind, host }: DigestCandidates, stale = false): DigestVerdict {
    const way = WAYS[kind];
    const nonce = nonces.create(host);
    const headers = (knowsOnlyMd5(request) ? ['MD5'] : OFFERED).map((algorithm): [string, string] => [
      way.asks,
      formatChallenge({ realm, nonce, algorithm, qop: ['auth'], stale }),
    ]);
    return { kind: 'challenge', status: way.status, headers };
  }

  return {
    check(request, candidates) {
      const given = credentialsFor(request, WAYS[candidates.kind].answers, realm);
      if (!given) return challenge(request, candidates);
      const nonce = given.params.get('nonce') ?? '';
      // Whether the password is right is not said for a nonce that is not ours: nobody could count the tries.
      if (!nonces.isFresh(nonce, candidates.host)) return challenge(request, candidates, true);
      const expected = { method: request.method, realm, nonce, passwords: candidates.passwordsOf };
      const isFit = isOffered(given.params) && isAbout(request, given.params);
      const [place, another] = matchAuthorization(given.value, expected);
      if (place === undefined || !isFit) return { kind: 'refused' };
      if (!nonces.use(nonce, Number.parseInt(given.params.get('nc') ?? '', 16)))
        return challenge(request, candidates, true);
      if (another !== undefined) return { kind: 'ambiguous' };
      return { kind: 'known', username: unquote(`"${given.params.get('username') ?? ''}"`), place };
    },
  };
}

/** Those for our realm: a request may carry others' too. */
function credentialsFor(
  request: SipRequest,
  name: string,
  realm: string,
): { value: string; params: DigestParameters } | null {
  for (const value of request.headers.getAll(name)) {
    const params = parseDigestParameters(value);
    if (params?.get('realm') === realm) return { value, params };
  }
  return null;
}

function isOffered(params: DigestParameters): boolean {
  return OFFERED.includes((params.get('algorithm') ?? 'MD5').toUpperCase());
}

/**
 * Devices and proxies write the host in their own ways (RFC 7616 §3.4.6 leaves it to us); whom it is for has to be the same,
 * or credentials that were overheard would call another number.
 */
function isAbout(request: SipRequest, params: DigestParameters): boolean {
  const uri = unquote(`"${params.get('uri') ?? ''}"`);
  return userOf(uri) === userOf(request.uri);
}
