import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RequestVerdict } from './limits.js';
import type { RedisLink } from './redis-link.js';

/** A limiter counts up to one number; there are not many different ones. */
const MAX_LIMITERS = 1_000;
const SECONDS = 1;

interface Pair {
  shared: RateLimiterRedis;
  /** Of this process alone. */
  own: RateLimiterMemory;
}

/** Requests a second: in Redis, and in memory while Redis does not answer. */
export class RequestCounter {
  readonly #pairs = new Map<number, Pair>();

  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
  ) {}

  async take(accountSid: string, perSecond: number): Promise<RequestVerdict> {
    const points = Math.max(1, Math.floor(perSecond));
    const { shared, own } = this.#pair(points);
    if (this.link.isUp()) {
      const verdict = await consume(shared, accountSid, (error) => this.link.failed(error));
      if (verdict) return verdict;
    }
    return (await consume(own, accountSid, () => {})) ?? { allowed: true };
  }

  #pair(points: number): Pair {
    let pair = this.#pairs.get(points);
    if (!pair) {
      if (this.#pairs.size >= MAX_LIMITERS) this.#pairs.clear();
      pair = this.#create(points);
      this.#pairs.set(points, pair);
    }
    return pair;
  }

  #create(points: number): Pair {
    const limit = { points, duration: SECONDS, keyPrefix: this.prefix };
    const shared = new RateLimiterRedis({
      ...limit,
      storeClient: this.link.redis,
      // What is above the limit costs Redis nothing until its second is over.
      inMemoryBlockOnConsumed: points + 1,
    });
    return { shared, own: new RateLimiterMemory(limit) };
  }
}

/** Null when it could not be counted. The limiter rejects with a result when the limit is reached, with an error otherwise. */
async function consume(
  limiter: RateLimiterRedis | RateLimiterMemory,
  accountSid: string,
  onFailure: (error: Error) => void,
): Promise<RequestVerdict | null> {
  try {
    await limiter.consume(accountSid);
    return { allowed: true };
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) {
      return { allowed: false, retryAfterMs: Math.max(1, refusal.msBeforeNext) };
    }
    onFailure(refusal as Error);
    return null;
  }
}
