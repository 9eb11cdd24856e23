import { isIPv6 } from 'node:net';
import type { Clock } from './clock.js';

export interface SourceLimitsOptions {
  clock: Clock;
  /** Messages that one source may send, on the long run. */
  perSecond: number;
  /** That may come at once. Twice `perSecond` unless told. */
  burst?: number;
  /** Sources that are counted one by one; the others share one count. 65,536 unless told. */
  maxSources?: number;
  /** Never limited: trunks and the rest of the cluster. */
  isTrusted?(host: string): boolean;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

const MAX_SOURCES = 65_536;

/** Old entries looked at when there is no room for a new one. */
const TRIES = 4;

/**
 * How much each source address may send: a token bucket for each, asked before anything is parsed. The table is bounded,
 * since UDP sources can be made up: those that find no room in it share one bucket. Of IPv6 a /64 is one source, for
 * whoever has one address has them all.
 */
export class SourceLimits {
  private readonly buckets = new Map<string, Bucket>();
  private readonly others: Bucket;
  private readonly burst: number;
  private readonly maxSources: number;

  constructor(private readonly options: SourceLimitsOptions) {
    this.burst = Math.max(1, options.burst ?? 2 * options.perSecond);
    this.maxSources = options.maxSources ?? MAX_SOURCES;
    this.others = { tokens: this.burst, atMs: options.clock.nowMs() };
  }

  /** Whether one more message of that host may be read; counts it. */
  admits(host: string): boolean {
    if (this.options.isTrusted?.(host)) return true;
    const nowMs = this.options.clock.nowMs();
    const bucket = this.bucketOf(sourceOf(host), nowMs);
    this.refill(bucket, nowMs);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Sources in the table. */
  get size(): number {
    return this.buckets.size;
  }

  private bucketOf(source: string, nowMs: number): Bucket {
    const known = this.buckets.get(source);
    if (known) return known;
    if (this.buckets.size >= this.maxSources && !this.makeRoom(nowMs)) return this.others;
    const bucket = { tokens: this.burst, atMs: nowMs };
    this.buckets.set(source, bucket);
    return bucket;
  }

  /** Forgets the sources that are as good as new; those that are not go to the back of the queue. */
  private makeRoom(nowMs: number): boolean {
    let isRoom = false;
    for (let tries = 0; tries < TRIES; tries++) {
      const [oldest] = this.buckets;
      if (!oldest) break;
      const [source, bucket] = oldest;
      this.buckets.delete(source);
      this.refill(bucket, nowMs);
      if (bucket.tokens >= this.burst) isRoom = true;
      else this.buckets.set(source, bucket);
    }
    return isRoom;
  }

  private refill(bucket: Bucket, nowMs: number): void {
    const gained = ((nowMs - bucket.atMs) * this.options.perSecond) / 1000;
    bucket.tokens = Math.min(this.burst, bucket.tokens + gained);
    bucket.atMs = nowMs;
  }
}

const IPV6_GROUPS = 8;
const PREFIX_GROUPS = 4;

/** What counts as one source: an IPv4 address, or a /64 of IPv6. */
export function sourceOf(host: string): string {
  if (!isIPv6(host)) return host;
  const [head = '', tail] = host.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail ? tail.split(':').length : 0;
  if (tail !== undefined) while (groups.length < IPV6_GROUPS - behind) groups.push('0');
  return groups.slice(0, PREFIX_GROUPS).join(':');
}
