import type { Redis } from 'ioredis';
import type { ChannelRequest, ChannelVerdict, HeldChannel } from './limits.js';
import type { RedisLink } from './redis-link.js';

/** A channel that its dialer has not kept for so long is free: the dialer is dead. */
const CHANNEL_EXPIRES_MS = 60_000;

const US_PER_MS = 1000;
const US_PER_SECOND = 1_000_000;

/**
 * KEYS the set of a trunk's calls, by when their channels end, and when its next INVITE may leave; both on the clock of
 * Redis, in µs, which is one for all. INVITEs are spaced evenly, so that no second has more than its share, wherever it
 * begins. ARGV the call, how many channels there are (0: no limit), µs between INVITEs (0: no limit), how long this one
 * may wait at most, and for how long a channel is taken. Gives 0 and for how long to wait, -1: no channel is free, -2: it
 * would wait for so long.
 */
const TAKE = `
  local clock = redis.call('time')
  local now = clock[1] * 1000000 + clock[2]
  redis.call('zremrangebyscore', KEYS[1], '-inf', now)
  local max = tonumber(ARGV[2])
  local isNew = not redis.call('zscore', KEYS[1], ARGV[1])
  if max > 0 and isNew and redis.call('zcard', KEYS[1]) >= max then return {-1, 0} end
  local gap = tonumber(ARGV[3])
  local wait = 0
  if gap > 0 then
    wait = math.max(0, tonumber(redis.call('get', KEYS[2]) or '0') - now)
    if wait > tonumber(ARGV[4]) then return {-2, wait} end
    redis.call('set', KEYS[2], string.format('%.0f', now + wait + gap), 'px', math.ceil((wait + gap) / 1000))
  end
  redis.call('zadd', KEYS[1], now + tonumber(ARGV[5]), ARGV[1])
  redis.call('pexpire', KEYS[1], math.ceil(tonumber(ARGV[5]) / 1000))
  return {0, wait}`;

/** Of calls that are known to go on, also where Redis has forgotten them. KEYS the set; ARGV for how long, and the calls. */
const KEEP = `
  local clock = redis.call('time')
  local ends = clock[1] * 1000000 + clock[2] + tonumber(ARGV[1])
  for i = 2, #ARGV do redis.call('zadd', KEYS[1], ends, ARGV[i]) end
  redis.call('pexpire', KEYS[1], math.ceil(tonumber(ARGV[1]) / 1000))`;

type WithChannels = Redis & {
  /** How many keys, the keys, and what they are asked. */
  takeTrunkChannel(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<[number, number]>;
  keepTrunkChannels(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<null>;
};

/** The channels of trunks, and the pace of their INVITEs, for all dialers together; by itself while Redis is away. */
export class TrunkChannels {
  readonly #redis: WithChannels;
  readonly #own = new OwnChannels();

  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
  ) {
    link.redis.defineCommand('takeTrunkChannel', { lua: TAKE });
    link.redis.defineCommand('keepTrunkChannels', { lua: KEEP });
    this.#redis = link.redis as WithChannels;
  }

  /** What this process has taken itself is always counted here too: it is what is left to count by without Redis. */
  async take(request: ChannelRequest): Promise<ChannelVerdict> {
    if (this.link.isUp()) {
      try {
        const verdict = await this.#takeShared(request);
        if (verdict.allowed) this.#own.note(request);
        return verdict;
      } catch (error) {
        this.link.failed(error as Error);
      }
    }
    return this.#own.take(request, performance.now() * US_PER_MS);
  }

  async keep(held: readonly HeldChannel[]): Promise<void> {
    if (held.length === 0 || !this.link.isUp()) return;
    try {
      await Promise.all(
        [...byTrunk(held)].map(([trunkSid, holders]) =>
          this.#redis.keepTrunkChannels(1, this.#calls(trunkSid), CHANNEL_EXPIRES_MS * US_PER_MS, ...holders),
        ),
      );
    } catch (error) {
      this.link.failed(error as Error);
    }
  }

  /** One that Redis does not hear of ends by itself, since nobody keeps it. */
  async release({ trunkSid, holder }: HeldChannel): Promise<void> {
    this.#own.release({ trunkSid, holder });
    if (!this.link.isUp()) return;
    await this.#redis
      .zrem(this.#calls(trunkSid), holder)
      .catch((error: unknown) => this.link.failed(error as Error));
  }

  async #takeShared(request: ChannelRequest): Promise<ChannelVerdict> {
    const [refusal, waitUs] = await this.#redis.takeTrunkChannel(
      2,
      this.#calls(request.trunkSid),
      `${this.prefix}:pace:${request.trunkSid}`,
      request.holder,
      request.maxChannels ?? 0,
      gapOf(request),
      request.maxWaitMs * US_PER_MS,
      CHANNEL_EXPIRES_MS * US_PER_MS,
    );
    return verdictOf(refusal, waitUs);
  }

  #calls(trunkSid: string): string {
    return `${this.prefix}:calls:${trunkSid}`;
  }
}

/** Of more trunks those whose next turn has come are forgotten. */
const MAX_PACED = 10_000;

/** The same counts for one process; as many as it holds calls, and trunks. */
class OwnChannels {
  readonly #calls = new Map<string, Set<string>>();
  readonly #nextUs = new Map<string, number>();

  take(request: ChannelRequest, nowUs: number): ChannelVerdict {
    const calls = this.#calls.get(request.trunkSid);
    const isFull = request.maxChannels !== null && (calls?.size ?? 0) >= request.maxChannels;
    if (isFull && !calls?.has(request.holder)) return verdictOf(-1, 0);
    const waitUs = this.#pace(request, nowUs);
    if (waitUs > request.maxWaitMs * US_PER_MS) return verdictOf(-2, waitUs);
    this.note(request);
    return verdictOf(0, waitUs);
  }

  note({ trunkSid, holder }: HeldChannel): void {
    const calls = this.#calls.get(trunkSid) ?? new Set<string>();
    this.#calls.set(trunkSid, calls.add(holder));
  }

  release({ trunkSid, holder }: HeldChannel): void {
    const calls = this.#calls.get(trunkSid);
    if (calls?.delete(holder) && calls.size === 0) this.#calls.delete(trunkSid);
  }

  #pace(request: ChannelRequest, nowUs: number): number {
    const gapUs = gapOf(request);
    if (gapUs === 0) return 0;
    const waitUs = Math.max(0, (this.#nextUs.get(request.trunkSid) ?? 0) - nowUs);
    if (waitUs > request.maxWaitMs * US_PER_MS) return waitUs;
    if (this.#nextUs.size >= MAX_PACED) this.#forgetPast(nowUs);
    this.#nextUs.set(request.trunkSid, nowUs + waitUs + gapUs);
    return waitUs;
  }

  /** A turn is at most seconds ahead. */
  #forgetPast(nowUs: number): void {
    for (const [trunkSid, atUs] of this.#nextUs) if (atUs <= nowUs) this.#nextUs.delete(trunkSid);
  }
}

function gapOf({ maxPerSecond }: ChannelRequest): number {
  return maxPerSecond === null ? 0 : Math.ceil(US_PER_SECOND / maxPerSecond);
}

function verdictOf(refusal: number, waitUs: number): ChannelVerdict {
  const waitMs = Math.ceil(waitUs / US_PER_MS);
  if (refusal === -1) return { allowed: false, full: 'channels' };
  return refusal === -2 ? { allowed: false, full: 'pace', waitMs } : { allowed: true, waitMs };
}

function byTrunk(held: readonly HeldChannel[]): Map<string, string[]> {
  const trunks = new Map<string, string[]>();
  for (const { trunkSid, holder } of held) {
    const holders = trunks.get(trunkSid);
    if (holders) holders.push(holder);
    else trunks.set(trunkSid, [holder]);
  }
  return trunks;
}
