import type { Call, EndReason, Trunk } from '@trunkline/contracts';
import type { Clock, SipAddress } from '@trunkline/sip';
import { ForbiddenTargetError } from '../errors.js';
import type { Channels } from './channels.js';
import { type Choice, chooseTrunk, tellObstacles } from './choose-trunk.js';
import type { TrunkBook } from './trunk-book.js';
import type { TrunkResult, TrunkStates } from './trunk-states.js';
import { resolveTrunk, type TrunkFinder } from './trunk-targets.js';
import type { WaitingLine } from './waiting-line.js';

/** A trunk that is to get this call's next INVITE. */
export interface RoutedTrunk {
  trunk: Trunk;
  /** At least one, in the order to try them. */
  targets: SipAddress[];
  /** Why this one, and why not those before it. */
  why: string;
  /** Gives its channel back: the INVITE, or the call that came of it, is over. */
  release(): void;
}

/** Why there is no trunk, or none any more. */
export interface NoRoute {
  reason: Extract<EndReason, 'no-trunk' | 'trunks-full' | 'trunk-failed' | 'unreachable'>;
  /** For the call's owner. */
  message: string;
}

/** The ways that one call can take, one after another. */
export interface Routes {
  /**
   * Takes a channel of the best trunk, for `next`, before the call is claimed. A delay in ms when each trunk is at its
   * limits and one may have room later.
   */
  reserve(): Promise<{ delayMs: number; message: string } | null>;
  /**
   * The next trunk, with its channel; null when there is none (any more). Waits for its turn, at most about a second; where only
   * full trunks are left also for room, for ten.
   */
  next(): Promise<RoutedTrunk | null>;
  /** Whether there seems to be another one after this. */
  hasMore(): boolean;
  /** Why `next` gave null. */
  whyNone(): NoRoute;
  /** What became of it: how the trunk is judged, and what is told of it where the next is chosen. */
  tell(trunk: Trunk, result: TrunkResult): void;
  /** Gives back all that was taken; `next` gives null from now on. */
  close(): void;
}

export interface RoutesOptions extends TrunkFinder {
  call: Pick<Call, 'sid' | 'accountSid'>;
  book: Pick<TrunkBook, 'trunksFor'>;
  states: TrunkStates;
  channels: Channels;
  line: WaitingLine;
  clock: Clock;
  random: () => number;
  /** A trunk whose name has no address. */
  onUnresolved: (trunk: Trunk, error: Error) => void;
}

/** A turn that comes later than this is left to others, and the next trunk is asked. */
const LONGEST_WAIT_MS = 1_000;
/** When a channel may be free again, nobody can know. */
const CHANNEL_DELAY_MS = 1_000;
/** So long a call that is claimed waits for room where only full trunks are left: nobody else can take it any more. */
const LONGEST_ROOM_WAIT_MS = 10_000;

export function createRoutes(options: RoutesOptions): Routes {
  return new CallRoutes(options);
}

interface Reserved {
  trunk: Trunk;
  targets: SipAddress[];
  why: string;
  readyAtMs: number;
}

class CallRoutes implements Routes {
  /** Those that this call has no use for any more, and why. */
  private readonly passed = new Map<string, string>();
  /** Those that had no room when they were asked, and why. */
  private readonly full = new Map<string, string>();
  /** When the first of them may have some. */
  private roomInMs: number | null = null;
  private reserved: Reserved | null = null;
  private isClosed = false;
  private isUnresolved = false;
  private isTried = false;
  private wake: () => void = () => {};

  constructor(private readonly options: RoutesOptions) {}

  async reserve(): Promise<{ delayMs: number; message: string } | null> {
    this.reserved ??= await this.take();
    if (this.reserved !== null || this.roomInMs === null) return null;
    const delayMs = this.delayOf(this.roomInMs);
    const { message } = this.whyNone();
    // The next time it may be another matter.
    this.forgetFull();
    return { delayMs, message };
  }

  async next(): Promise<RoutedTrunk | null> {
    this.reserved ??= await this.takeInTime();
    if (this.reserved === null) return null;
    await this.wait(this.reserved.readyAtMs - this.options.clock.nowMs());
    // Whoever closed this meanwhile has given it back.
    return this.reserved && this.route(this.reserved);
  }

  hasMore(): boolean {
    return this.trunks().some((trunk) => this.obstacleOf(trunk) === null);
  }

  whyNone(): NoRoute {
    const trunks = this.trunks();
    const message = `no trunk for the call: ${tellObstacles(trunks, (trunk) => this.obstacleOf(trunk))}`;
    if (!trunks.some(({ enabled }) => enabled)) return { reason: 'no-trunk', message };
    if (this.roomInMs !== null) return { reason: 'trunks-full', message };
    return { reason: this.isUnresolved ? 'unreachable' : 'trunk-failed', message };
  }

  tell(trunk: Trunk, result: TrunkResult): void {
    if (result.kind === 'failed') this.passed.set(trunk.sid, `failed: ${result.trouble.why}`);
    this.options.states.tell(trunk, result);
  }

  close(): void {
    this.isClosed = true;
    if (this.reserved) this.giveBack(this.reserved.trunk);
    this.reserved = null;
    this.wake();
  }

  private trunks(): readonly Trunk[] {
    return this.options.book.trunksFor(this.options.call.accountSid);
  }

  private obstacleOf(trunk: Trunk): string | null {
    return this.ownObstacleOf(trunk) ?? this.options.states.obstacleOf(trunk);
  }

  private ownObstacleOf({ sid }: Trunk): string | null {
    return this.passed.get(sid) ?? this.full.get(sid) ?? null;
  }

  /** As `take`, and again for a while where there may be room soon. */
  private async takeInTime(): Promise<Reserved | null> {
    const { clock } = this.options;
    const endsAtMs = clock.nowMs() + LONGEST_ROOM_WAIT_MS;
    for (;;) {
      const reserved = await this.take();
      if (reserved !== null || this.roomInMs === null || this.isClosed) return reserved;
      if (clock.nowMs() + this.roomInMs > endsAtMs) return null;
      await this.wait(this.roomInMs);
      this.forgetFull();
    }
  }

  /** The best trunk that has room and an address; those that have none are passed over. */
  private async take(): Promise<Reserved | null> {
    const { clock } = this.options;
    while (!this.isClosed) {
      const choice = this.choose();
      if (choice === null) return null;
      const { trunk, why } = choice;
      const waitMs = await this.takeChannel(trunk);
      if (waitMs === null) continue;
      const readyAtMs = clock.nowMs() + waitMs;
      const targets = await this.resolve(trunk);
      if (targets === null) continue;
      if (!this.isClosed) return { trunk, targets, why, readyAtMs };
      this.giveBack(trunk);
    }
    return null;
  }

  private choose(): Choice | null {
    const { random, states } = this.options;
    const trunks = this.trunks();
    const choice = chooseTrunk({ trunks, obstacleOf: (trunk) => this.obstacleOf(trunk), random });
    // Where there may be room soon, that is the better hope.
    if (choice !== null || this.isTried || this.full.size > 0) return choice;
    // Some carriers answer no OPTIONS: rather than to fail untried, a call tries one that seems to be down.
    const last = chooseTrunk({
      trunks,
      obstacleOf: (trunk) => this.ownObstacleOf(trunk) ?? states.lastObstacleOf(trunk),
      random,
    });
    return last && { ...last, why: `${last.why}; it ${states.obstacleOf(last.trunk)}, and no other is left` };
  }

  /** For how long its turn is to be waited for; null when it has no room. */
  private async takeChannel(trunk: Trunk): Promise<number | null> {
    const { call, channels, states } = this.options;
    // Told at once, so that of many calls that wait for Redis only one tries a trunk out.
    states.taken(trunk);
    const verdict = await channels.take(trunk, call.sid, LONGEST_WAIT_MS);
    if (verdict.allowed) return verdict.waitMs;
    states.tell(trunk, { kind: 'withdrawn' });
    const isFull = verdict.full === 'channels';
    this.roomInMs = Math.min(this.roomInMs ?? CHANNEL_DELAY_MS, isFull ? CHANNEL_DELAY_MS : verdict.waitMs);
    const { maxChannels, maxCallsPerSecond } = trunk;
    const why = isFull
      ? `has no channel left of ${maxChannels}`
      : `is at its ${maxCallsPerSecond} calls a second`;
    this.full.set(trunk.sid, why);
    return null;
  }

  /** All calls that take these trunks stand in one line, whosever they are. */
  private delayOf(roomInMs: number): number {
    const { call, line } = this.options;
    const trunks = this.trunks();
    const callsPerSecond = Math.max(0, ...trunks.map((trunk) => trunk.maxCallsPerSecond ?? 0));
    return line.delayOf({ accountSid: trunks[0]?.accountSid ?? call.accountSid, roomInMs, callsPerSecond });
  }

  private forgetFull(): void {
    this.full.clear();
    this.roomInMs = null;
  }

  /** Null when the trunk's name has no address: then it has failed. */
  private async resolve(trunk: Trunk): Promise<SipAddress[] | null> {
    try {
      const targets = await resolveTrunk(trunk, this.options);
      if (targets.length > 0) return targets;
      throw new Error(`${trunk.host} has no address`);
    } catch (error) {
      this.giveBack(trunk);
      this.isUnresolved = true;
      const why = error instanceof ForbiddenTargetError ? error.message : `${trunk.host} has no address`;
      const trouble = { why, isSilence: true };
      this.tell(trunk, { kind: 'failed', trouble, retryAfterSeconds: null });
      this.options.onUnresolved(trunk, error as Error);
      return null;
    }
  }

  private route({ trunk, targets, why }: Reserved): RoutedTrunk {
    this.reserved = null;
    this.isTried = true;
    // However it ends, it is not asked a second time for this call.
    this.passed.set(trunk.sid, 'was tried');
    return {
      trunk,
      targets,
      why,
      release: () => this.options.channels.release(trunk.sid, this.options.call.sid),
    };
  }

  private giveBack(trunk: Trunk): void {
    this.options.states.tell(trunk, { kind: 'withdrawn' });
    this.options.channels.release(trunk.sid, this.options.call.sid);
  }

  /** Until the time is over, or this is closed. */
  private async wait(ms: number): Promise<void> {
    if (ms <= 0 || this.isClosed) return;
    await new Promise<void>((resolve) => {
      const timer = this.options.clock.after(ms, resolve);
      this.wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
