/** A Digest challenge that we can answer (RFC 7616 §3.3). Strings are as they stand between the quotes, escapes kept. */
export interface DigestChallenge {
  realm: string;
  nonce: string;
  /** MD5, SHA-256 or SHA-512-256, each also with -sess. */
  algorithm: string;
  /** As offered; empty for a server of RFC 2069's time. */
  qop: string[];
  opaque?: string;
  /** The credentials were right but the nonce was too old: try once more with the new one. */
  stale: boolean;
}

/** Reads WWW-Authenticate or Proxy-Authenticate values, one challenge each. What we cannot answer is left out. Never throws. */
export function parseChallenges(headers: string[]): DigestChallenge[] {
  throw new Error(`not there yet ${headers.length}`);
}

/** The one to answer: the topmost with a SHA-2 algorithm, else the topmost (RFC 8760 §2.4, with preference as local policy). */
export function chooseChallenge(challenges: DigestChallenge[]): DigestChallenge | null {
  throw new Error(`not there yet ${challenges.length}`);
}

/** @throws UnsafeValueError */
export function formatChallenge(challenge: DigestChallenge): string {
  throw new Error(`not there yet ${challenge.realm}`);
}
