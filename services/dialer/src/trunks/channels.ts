import type { Trunk } from '@trunkline/contracts';
import type { ChannelRequest, ChannelVerdict, HeldChannel, Limits } from '@trunkline/limits';
import type { Clock, Timer } from '@trunkline/sip';

/** What a trunk allows at once and a second, counted for all dialers together. */
export interface Channels {
  /** Takes a channel, and a turn, of a trunk that has limits. */
  take(trunk: Trunk, callSid: string, maxWaitMs: number): Promise<ChannelVerdict>;
  /** Gives it back; twice does no harm. */
  release(trunkSid: string, callSid: string): void;
  /** Channels held here. */
  size(): number;
  stop(): void;
}

export interface ChannelsOptions {
  limits: Pick<Limits, 'takeChannel' | 'keepChannels' | 'releaseChannel'>;
  clock: Clock;
}

/** A channel that nobody keeps is free after a minute; this leaves room for two that are lost. */
export const KEEP_MS = 20_000;
/** The heartbeat says so many in one go. */
const KEEP_AT_ONCE = 1_000;

/** Keeps the channels that are held here for as long as they are. */
export function createChannels(options: ChannelsOptions): Channels {
  return new TrunkChannels(options);
}

class TrunkChannels implements Channels {
  private readonly held = new Map<string, HeldChannel>();
  private timer: Timer | null = null;
  private isStopped = false;

  constructor(private readonly options: ChannelsOptions) {}

  async take(trunk: Trunk, callSid: string, maxWaitMs: number): Promise<ChannelVerdict> {
    const { maxChannels, maxCallsPerSecond } = trunk;
    if (maxChannels === null && maxCallsPerSecond === null) return { allowed: true, waitMs: 0 };
    const request: ChannelRequest = {
      trunkSid: trunk.sid,
      holder: callSid,
      maxChannels,
      maxPerSecond: maxCallsPerSecond,
      maxWaitMs,
    };
    const verdict = await this.options.limits.takeChannel(request);
    if (verdict.allowed) this.hold({ trunkSid: trunk.sid, holder: callSid });
    return verdict;
  }

  release(trunkSid: string, callSid: string): void {
    const held = this.held.get(keyOf(trunkSid, callSid));
    if (!held) return;
    this.held.delete(keyOf(trunkSid, callSid));
    void this.options.limits.releaseChannel(held);
  }

  size(): number {
    return this.held.size;
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
    this.timer = null;
  }

  private hold(channel: HeldChannel): void {
    this.held.set(keyOf(channel.trunkSid, channel.holder), channel);
    if (this.timer === null && !this.isStopped) this.beat();
  }

  /** Only while something is held. */
  private beat(): void {
    this.timer = this.options.clock.after(KEEP_MS, () => {
      this.timer = null;
      if (this.held.size === 0) return;
      this.beat();
      void this.keep();
    });
  }

  private async keep(): Promise<void> {
    const all = [...this.held.values()];
    for (let from = 0; from < all.length; from += KEEP_AT_ONCE) {
      // What was given back meanwhile must not be taken again.
      const still = all
        .slice(from, from + KEEP_AT_ONCE)
        .filter(({ trunkSid, holder }) => this.held.has(keyOf(trunkSid, holder)));
      await this.options.limits.keepChannels(still);
    }
  }
}

function keyOf(trunkSid: string, callSid: string): string {
  return `${trunkSid} ${callSid}`;
}
