import { randomBytes } from 'node:crypto';
import { type Credentials, formatChallenge, verifyAuthorization } from '@trunkline/sip';
import type { Behaviour } from '../phone.js';

const REALM = 'trunkline-simulator';

/**
 * Asks for digest credentials (RFC 3261 §22.2), SHA-256 before MD5 as RFC 8760 §2.4 wants it, and behaves as `then` once
 * they are right. Wrong ones are asked for again.
 */
export function askCredentials({ username, password }: Credentials, then: Behaviour): Behaviour {
  const nonce = randomBytes(16).toString('hex');
  const challenges = ['SHA-256', 'MD5'].map((algorithm): [string, string] => [
    'WWW-Authenticate',
    formatChallenge({ realm: REALM, nonce, algorithm, qop: ['auth'], stale: false }),
  ]);
  const passwordOf = (name: string) => (name === username ? password : null);

  return (phone) => {
    const { request } = phone.call;
    const header = request.headers.get('Authorization');
    const expected = { method: request.method, realm: REALM, nonce, password: passwordOf };
    if (header !== undefined && verifyAuthorization(header, expected)) return then(phone);
    phone.challenge(challenges);
  };
}
