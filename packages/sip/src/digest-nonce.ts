import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from './clock.js';
import { sourceOf } from './source-limits.js';

/** Nonces whose use is remembered: each was used with a right password, so strangers cannot fill it. */
const MAX_USED = 20_000;

/** How far a count may lag behind the highest: datagrams overtake each other. */
const WINDOW = 31;

const STAMP_LENGTH = 24;
const MAC_BYTES = 16;

/** The counts that were used with one nonce. */
interface Uses {
  highest: number;
  /** Bit n: the count `highest - n` was used. */
  seen: number;
}

/**
 * Nonces that say themselves when and for whom they were made, so that none is kept for those who only knock (RFC 7616 §5.4).
 * Each is good where it was sent alone: who forges an address has none of it. What was used is remembered, so that it is not
 * used again (§5.12).
 */
export class NonceBook {
  private readonly secret: Buffer;
  /** In the order of their first use. */
  private readonly used = new Map<string, Uses>();
  /** Nonces made until then are not taken any more unless their use is remembered. */
  private forgottenUntilMs = -1;

  constructor(private readonly options: { key: Buffer; clock: Clock; lifeMs: number; maxUsed?: number }) {
    // The clock and the memory are this process's, so its nonces must not be taken by others.
    this.secret = createHmac('sha256', options.key).update(randomBytes(16)).digest();
  }

  /** Never the same twice. @param host the IP address of who is to use it, or another of its /64 */
  create(host: string): string {
    const madeMs = Math.floor(this.options.clock.nowMs());
    const stamp = madeMs.toString(16).padStart(12, '0') + randomBytes(6).toString('hex');
    return stamp + this.sign(stamp, host);
  }

  /** Whether it is ours, was made for that address, and is not too old. */
  isFresh(nonce: string, host: string): boolean {
    const stamp = nonce.slice(0, STAMP_LENGTH);
    if (!isEqual(nonce.slice(STAMP_LENGTH), this.sign(stamp, host))) return false;
    const madeMs = madeAtMs(nonce);
    const ageMs = this.options.clock.nowMs() - madeMs;
    return ageMs <= this.options.lifeMs && (madeMs > this.forgottenUntilMs || this.used.has(nonce));
  }

  /** Notes a use of a fresh one. False when that count was used before, or is too far behind to know. */
  use(nonce: string, count: number): boolean {
    const uses = this.used.get(nonce);
    if (uses) return noteUse(uses, count);
    this.makeRoom();
    this.used.set(nonce, { highest: count, seen: 1 });
    return true;
  }

  private makeRoom(): void {
    const { clock, lifeMs, maxUsed = MAX_USED } = this.options;
    for (const nonce of this.used.keys()) {
      const madeMs = madeAtMs(nonce);
      const isOld = clock.nowMs() - madeMs > lifeMs;
      if (!isOld && this.used.size < maxUsed) break;
      this.used.delete(nonce);
      if (!isOld) this.forgottenUntilMs = Math.max(this.forgottenUntilMs, madeMs);
    }
  }

  private sign(stamp: string, host: string): string {
    return createHmac('sha256', this.secret)
      .update(`${stamp} ${sourceOf(host)}`)
      .digest('hex')
      .slice(0, 2 * MAC_BYTES);
  }
}

function madeAtMs(nonce: string): number {
  return Number.parseInt(nonce.slice(0, 12), 16);
}

function noteUse(uses: Uses, count: number): boolean {
  const ahead = count - uses.highest;
  if (ahead > 0) {
    uses.seen = ahead > WINDOW ? 1 : ((uses.seen << ahead) | 1) >>> 0;
    uses.highest = count;
    return true;
  }
  if (-ahead > WINDOW || ((uses.seen >>> -ahead) & 1) === 1) return false;
  uses.seen = (uses.seen | (1 << -ahead)) >>> 0;
  return true;
}

function isEqual(one: string, other: string): boolean {
  const a = Buffer.from(one);
  const b = Buffer.from(other);
  return a.length === b.length && timingSafeEqual(a, b);
}
