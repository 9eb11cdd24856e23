import type { Redis } from 'ioredis';
import { LimitsUnavailableError } from './errors.js';
import type { HeldCall } from './limits.js';
import type { RedisLink } from './redis-link.js';

/** A place that was never given back counts no more after so long: no call lasts longer. */
export const PLACE_EXPIRES_MS = 24 * 3_600_000;

/** The same for the place of a call that is not known to be accepted: its process may have died meanwhile. */
export const UNKEPT_EXPIRES_MS = 60_000;

const NOW = `
  local clock = redis.call('time')
  local now = clock[1] * 1000 + math.floor(clock[2] / 1000)`;

/**
 * A sorted set an account: its calls, by when their places end, on the clock of Redis, which is one for all. KEYS[1] the
 * set; ARGV the call, how many places there are, and for how long one is taken at first, in ms.
 */
const TAKE = `${NOW}
  redis.call('zremrangebyscore', KEYS[1], '-inf', now)
  if redis.call('zscore', KEYS[1], ARGV[1]) then return 1 end
  if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
  redis.call('zadd', KEYS[1], now + ARGV[3], ARGV[1])
  if redis.call('pttl', KEYS[1]) < tonumber(ARGV[3]) then redis.call('pexpire', KEYS[1], ARGV[3]) end
  return 1`;

/** Of a call that has a place still: it may be over by now. ARGV the call, and for how long, in ms. */
const KEEP = `${NOW}
  if not redis.call('zscore', KEYS[1], ARGV[1]) then return 0 end
  redis.call('zadd', KEYS[1], now + ARGV[2], ARGV[1])
  redis.call('pexpire', KEYS[1], ARGV[2])
  return 1`;

type WithPlaces = Redis & {
  takeCallPlace(key: string, callSid: string, max: number, expiresMs: number): Promise<number>;
  keepCallPlace(key: string, callSid: string, expiresMs: number): Promise<number>;
};

/** The places that an account's calls take while they are accepted and not over. */
export class CallPlaces {
  readonly #redis: WithPlaces;

  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
  ) {
    link.redis.defineCommand('takeCallPlace', { numberOfKeys: 1, lua: TAKE });
    link.redis.defineCommand('keepCallPlace', { numberOfKeys: 1, lua: KEEP });
    this.#redis = link.redis as WithPlaces;
  }

  async take(accountSid: string, callSid: string, max: number): Promise<boolean> {
    if (!this.link.isUp()) return true;
    try {
      return (await this.#redis.takeCallPlace(this.#key(accountSid), callSid, max, UNKEPT_EXPIRES_MS)) === 1;
    } catch (error) {
      this.link.failed(error as Error);
      return true;
    }
  }

  async keep(accountSid: string, callSid: string): Promise<void> {
    if (!this.link.isUp()) return;
    try {
      await this.#redis.keepCallPlace(this.#key(accountSid), callSid, PLACE_EXPIRES_MS);
    } catch (error) {
      this.link.failed(error as Error);
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
