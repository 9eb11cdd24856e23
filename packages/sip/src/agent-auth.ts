import { authorize, type Credentials } from './digest-authorize.js';
import { chooseChallenges, type DigestChallenge, parseChallenges } from './digest-challenge.js';
import type { SipResponse } from './message.js';

/** Header pairs of RFC 3261 §22: who asks with the one wants its answer in the other. */
const PAIRS = [
  { asks: 'WWW-Authenticate', answers: 'Authorization' },
  { asks: 'Proxy-Authenticate', answers: 'Proxy-Authorization' },
] as const;

/** More realms than this on one way are no honest network. */
const MAX_REALMS = 8;

interface KnownChallenge {
  answers: string;
  challenge: DigestChallenge;
  nonceCount: number;
}

/**
 * What one call knows of the realms on its way: each has its own challenge, and the credentials are given to all of them
 * (RFC 3261 §22.3). A nonce learned by the INVITE serves the BYE too, which saves it a round trip.
 */
export class Authorizer {
  /** Realms that the request at hand was challenged by already; true: with a stale nonce. */
  private readonly asked = new Map<string, boolean>();

  constructor(
    private readonly credentials: Credentials | undefined,
    private readonly known = new Map<string, KnownChallenge>(),
  ) {}

  /** Knows what this one knows and learns for it too, but counts its own challenges: several requests may be under way. */
  beginRequest(): Authorizer {
    return new Authorizer(this.credentials, this.known);
  }

  /** A new request begins, which each realm may challenge once. */
  begin(): void {
    this.asked.clear();
  }

  /** Takes the challenges of a 401 or 407. False when another try cannot help: nothing to give, or it was refused. */
  learn(response: SipResponse): boolean {
    if (!this.credentials) return false;
    let learned = false;
    for (const { asks, answers } of PAIRS) {
      for (const challenge of chooseChallenges(parseChallenges(response.headers.getAll(asks)))) {
        if (!this.take(answers, challenge)) return false;
        learned = true;
      }
    }
    return learned;
  }

  /** The credentials for a request, one header a realm. */
  headersFor(method: string, uri: string): [string, string][] {
    const { credentials } = this;
    if (!credentials) return [];
    return [...this.known.values()].map((known) => {
      known.nonceCount += 1;
      const request = { method, uri, nonceCount: known.nonceCount };
      return [known.answers, authorize(known.challenge, credentials, request)];
    });
  }

  /** Asked again by the same realm: our password is wrong, unless the nonce was only stale, which is believed once. */
  private take(answers: string, challenge: DigestChallenge): boolean {
    const key = `${answers} ${challenge.realm}`;
    const before = this.asked.get(key);
    if (before !== undefined && (before || !challenge.stale)) return false;
    if (!this.known.has(key) && this.known.size >= MAX_REALMS) return false;
    this.asked.set(key, before !== undefined);
    const known = this.known.get(key);
    // Two requests at once may be given the same nonce; no count of it may be used twice (RFC 7616 §3.4).
    const nonceCount = known?.challenge.nonce === challenge.nonce ? known.nonceCount : 0;
    this.known.set(key, { answers, challenge, nonceCount });
    return true;
  }
}
