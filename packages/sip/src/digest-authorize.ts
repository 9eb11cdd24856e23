import type { DigestChallenge } from './digest-challenge.js';

export interface Credentials {
  username: string;
  password: string;
}

/** The value of Authorization or Proxy-Authorization. @throws UnsafeValueError */
export function authorize(
  challenge: DigestChallenge,
  credentials: Credentials,
  request: { method: string; uri: string; nonceCount: number; cnonce?: string },
): string {
  throw new Error(`not there yet ${challenge.realm} ${credentials.username} ${request.method}`);
}
