import type { Redis } from 'ioredis';
import { LimitsUnavailableError } from './errors.js';
import type { HeldCall } from './limits.js';
import type { RedisLink } from './redis-link.js';

/** A place that was never given back counts no more after so long: no call lasts longer. */
export const PLACE_EXPIRES_MS = 24 * 3_600_000;

/**
 * A sorted set an account: its calls, by the time at which they were accepted, on the clock of Redis, which is one for
 * all. KEYS[1] the set; ARGV the call, how many places there are, and how long one is held, in ms.
 */
const TAKE = `
  local clock = redis.call('time')
  local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
  redis.call('zremrangebyscore', KEYS[1], '-inf', now - ARGV[3])
  if redis.call('zscore', KEYS[1], ARGV[1]) then return 1 end
  if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
  redis.call('zadd', KEYS[1], now, ARGV[1])
  redis.call('pexpire', KEYS[1], ARGV[3])
  return 1`;

type WithTake = Redis & {
  takeCallPlace(key: string, callSid: string, max: number, expiresMs: number): Promise<number>;
};

/** The places that an account's calls take while they are accepted and not over. */
export class CallPlaces {
  readonly #redis: WithTake;

  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
  ) {
    link.redis.defineCommand('takeCallPlace', { numberOfKeys: 1, lua: TAKE });
    this.#redis = link.redis as WithTake;
  }

  async take(accountSid: string, callSid: string, max: number): Promise<boolean> {
    if (!this.link.isUp()) return true;
    try {
      return (await this.#redis.takeCallPlace(this.#key(accountSid), callSid, max, PLACE_EXPIRES_MS)) === 1;
    } catch (error) {
      this.link.failed(error as Error);
      return true;
    }
  }

  async release(calls: readonly HeldCall[]): Promise<void> {
    const byAccount = new Map<string, string[]>();
    for (const { accountSid, callSid } of calls) {
      const held = byAccount.get(accountSid);
      if (held) held.push(callSid);
      else byAccount.set(accountSid, [callSid]);
    }
    const removals = [...byAccount].map(([accountSid, held]) =>
      this.#redis.zrem(this.#key(accountSid), ...held),
    );
    const results = await Promise.allSettled(removals);
    const failure = results.find((result) => result.status === 'rejected');
    if (!failure) return;
    throw new LimitsUnavailableError('Redis is away: places stay taken', { cause: failure.reason });
  }

  #key(accountSid: string): string {
    return `${this.prefix}:${accountSid}`;
  }
}
