import type { Redis } from 'ioredis';
import { LimitsUnavailableError } from './errors.js';
import type { CallVerdict, HeldCall, Places } from './limits.js';
import type { RedisLink } from './redis-link.js';

/** A place that was never given back counts no more after so long: no call lasts longer. */
export const PLACE_EXPIRES_MS = 24 * 3_600_000;

/** The same for the place of a call that is not known to be accepted: its process may have died meanwhile. */
export const UNKEPT_EXPIRES_MS = 60_000;

const NOW = `
  local clock = redis.call('time')
  local now = clock[1] * 1000 + math.floor(clock[2] / 1000)`;

/**
 * A sorted set an account: its calls, by when their places end, on the clock of Redis, which is one for all. KEYS the sets;
 * ARGV the call, for how long a place is taken at first, in ms, and for each set how many places there are. Gives the
 * number of the first set that is full, or 0: then the call has a place in each.
 */
const TAKE = `${NOW}
  for i, key in ipairs(KEYS) do
    redis.call('zremrangebyscore', key, '-inf', now)
    local isNew = not redis.call('zscore', key, ARGV[1])
    if isNew and redis.call('zcard', key) >= tonumber(ARGV[i + 2]) then return i end
  end
  for _, key in ipairs(KEYS) do
    redis.call('zadd', key, 'NX', now + ARGV[2], ARGV[1])
    if redis.call('pttl', key) < tonumber(ARGV[2]) then redis.call('pexpire', key, ARGV[2]) end
  end
  return 0`;

/** Of a call that has a place still: it may be over by now. ARGV the call, and for how long, in ms. */
const KEEP = `${NOW}
  for _, key in ipairs(KEYS) do
    if redis.call('zscore', key, ARGV[1]) then
      redis.call('zadd', key, now + ARGV[2], ARGV[1])
      redis.call('pexpire', key, ARGV[2])
    end
  end`;

type WithPlaces = Redis & {
  /** How many keys, the keys, and what they are asked. */
  takeCallPlaces(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<number>;
  keepCallPlaces(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<null>;
};

/** The places that an account's calls take while they are accepted and not over. */
export class CallPlaces {
  readonly #redis: WithPlaces;

  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
  ) {
    link.redis.defineCommand('takeCallPlaces', { lua: TAKE });
    link.redis.defineCommand('keepCallPlaces', { lua: KEEP });
    this.#redis = link.redis as WithPlaces;
  }

  async take(callSid: string, places: readonly Places[]): Promise<CallVerdict> {
    if (places.length === 0 || !this.link.isUp()) return { allowed: true };
    const keys = places.map(({ accountSid }) => this.#key(accountSid));
    const maxima = places.map(({ max }) => max);
    try {
      const number = await this.#redis.takeCallPlaces(
        keys.length,
        ...keys,
        callSid,
        UNKEPT_EXPIRES_MS,
        ...maxima,
      );
      const full = places[number - 1];
      return full ? { allowed: false, full } : { allowed: true };
    } catch (error) {
      this.link.failed(error as Error);
      return { allowed: true };
    }
  }

  async keep(callSid: string, accountSids: readonly string[]): Promise<void> {
    if (accountSids.length === 0 || !this.link.isUp()) return;
    const keys = accountSids.map((accountSid) => this.#key(accountSid));
    try {
      await this.#redis.keepCallPlaces(keys.length, ...keys, callSid, PLACE_EXPIRES_MS);
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
