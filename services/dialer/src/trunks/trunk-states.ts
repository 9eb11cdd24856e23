import type { Trunk, TrunkHealth } from '@trunkline/contracts';
import type { Clock } from '@trunkline/sip';
import { type BreakerInput, type BreakerState, CLOSED, stepBreaker, type Trouble } from './breaker.js';
import { type Liveness, stepLiveness, UNASKED } from './liveness.js';

/** What became of a call that a trunk was given, as far as it speaks of the trunk. */
export type TrunkResult =
  | { kind: 'succeeded' }
  | { kind: 'failed'; trouble: Trouble; retryAfterSeconds: number | null }
  /** Taken back before the trunk had said anything. */
  | { kind: 'withdrawn' };

/** How the trunks look from here. */
export interface TrunkStates {
  /** What stands against giving a trunk a call just now, to follow on its name; null: nothing. */
  obstacleOf(trunk: Trunk): string | null;
  /** The same for a trunk that is the last resort: then that it does not answer OPTIONS is nothing. */
  lastObstacleOf(trunk: Trunk): string | null;
  /** A call is given to it. */
  taken(trunk: Trunk): void;
  tell(trunk: Trunk, result: TrunkResult): void;
  /** It was asked for a sign of life. */
  asked(trunk: Trunk, result: { alive: true } | { alive: false; reason: string }): void;
  healthOf(trunk: Trunk): Omit<TrunkHealth, 'registered'>;
  /** Whether its breaker is not closed; for metrics. */
  isBroken(trunk: Trunk): boolean;
  /** Forgets all but these, and what was known of those that are another place now. */
  keep(trunks: readonly Trunk[]): void;
}

export interface StatesOptions {
  clock: Clock;
  now: () => Date;
  /** Told when a trunk goes down, comes up, or is not given calls for a while. */
  onChange: (trunk: Trunk, state: TrunkHealth['state'], why: string) => void;
}

/** Whoever asks for a longer pause gets this one (RFC 3261 §20.33 sets no bound). */
export const LONGEST_PAUSE_MS = 600_000;

interface Known {
  place: string;
  liveness: Liveness;
  breaker: BreakerState;
  pausedUntilMs: number;
}

export function createTrunkStates(options: StatesOptions): TrunkStates {
  return new States(options);
}

class States implements TrunkStates {
  private readonly known = new Map<string, Known>();

  constructor(private readonly options: StatesOptions) {}

  obstacleOf(trunk: Trunk): string | null {
    return this.lastObstacleOf(trunk) ?? this.downOf(trunk);
  }

  lastObstacleOf(trunk: Trunk): string | null {
    return trunk.enabled ? this.suspensionOf(trunk) : 'is switched off';
  }

  taken(trunk: Trunk): void {
    this.step(trunk, { kind: 'taken' });
  }

  tell(trunk: Trunk, result: TrunkResult): void {
    const before = this.isBroken(trunk);
    if (result.kind !== 'failed') {
      this.step(trunk, { kind: result.kind });
      // Whoever takes calls lives, whether or not he answers OPTIONS.
      if (result.kind === 'succeeded') this.asked(trunk, { alive: true });
      if (before && !this.isBroken(trunk)) this.options.onChange(trunk, 'up', 'it takes calls again');
      return;
    }
    const { trouble, retryAfterSeconds } = result;
    const isNew = this.suspensionOf(trunk) === null;
    this.step(trunk, { kind: 'failed', trouble });
    if (retryAfterSeconds !== null && retryAfterSeconds > 0) this.pause(trunk, retryAfterSeconds * 1000);
    const suspension = this.suspensionOf(trunk);
    if (isNew && suspension !== null) this.options.onChange(trunk, 'suspended', suspension);
  }

  asked(trunk: Trunk, result: { alive: true } | { alive: false; reason: string }): void {
    const known = this.of(trunk);
    const before = known.liveness.state;
    known.liveness = stepLiveness(known.liveness, result, this.options.now().getTime());
    if (result.alive) this.step(trunk, { kind: 'alive' });
    const { state } = known.liveness;
    if (state === before || (before === 'unknown' && state === 'up')) return;
    this.options.onChange(trunk, state, this.downOf(trunk) ?? 'it answers');
  }

  healthOf(trunk: Trunk): Omit<TrunkHealth, 'registered'> {
    const down = this.downOf(trunk);
    if (down !== null) return { state: 'down', reason: down };
    const suspension = this.suspensionOf(trunk);
    if (suspension !== null) return { state: 'suspended', reason: suspension };
    return { state: this.of(trunk).liveness.state, reason: null };
  }

  isBroken(trunk: Trunk): boolean {
    return this.step(trunk, { kind: 'time' }).name !== 'closed';
  }

  keep(trunks: readonly Trunk[]): void {
    const places = new Map(trunks.map((trunk) => [trunk.sid, placeOf(trunk)]));
    for (const [sid, { place }] of this.known) {
      if (places.get(sid) !== place) this.known.delete(sid);
    }
  }

  private downOf(trunk: Trunk): string | null {
    // Who is asked no more is not held to what it did not answer before.
    if (trunk.optionsIntervalSeconds === 0) return null;
    const { state, silentSinceMs, why } = this.of(trunk).liveness;
    if (state !== 'down') return null;
    return `is down: no answer to OPTIONS since ${timeOf(silentSinceMs ?? 0)} (${why})`;
  }

  private suspensionOf(trunk: Trunk): string | null {
    const { pausedUntilMs } = this.of(trunk);
    const nowMs = this.options.clock.nowMs();
    if (pausedUntilMs > nowMs) return `asked for a pause until ${this.wallTimeOf(pausedUntilMs)}`;
    const breaker = this.step(trunk, { kind: 'time' });
    if (breaker.name === 'open')
      return `failed again and again (${breaker.trouble.why}) and rests until ${this.wallTimeOf(breaker.untilMs)}`;
    if (breaker.name === 'half-open' && breaker.probeUntilMs !== null)
      return `failed again and again (${breaker.trouble.why}) and is tried out by another call`;
    return null;
  }

  private pause(trunk: Trunk, ms: number): void {
    const known = this.of(trunk);
    const untilMs = this.options.clock.nowMs() + Math.min(ms, LONGEST_PAUSE_MS);
    known.pausedUntilMs = Math.max(known.pausedUntilMs, untilMs);
  }

  private step(trunk: Trunk, input: BreakerInput): BreakerState {
    const known = this.of(trunk);
    known.breaker = stepBreaker(known.breaker, input, this.options.clock.nowMs());
    return known.breaker;
  }

  private of(trunk: Trunk): Known {
    const before = this.known.get(trunk.sid);
    if (before) return before;
    const known = { place: placeOf(trunk), liveness: UNASKED, breaker: CLOSED, pausedUntilMs: 0 };
    this.known.set(trunk.sid, known);
    return known;
  }

  /** @param atMs on the monotonic clock */
  private wallTimeOf(atMs: number): string {
    const { clock, now } = this.options;
    return timeOf(now().getTime() + atMs - clock.nowMs());
  }
}

/** What is known of a trunk is known of this. */
function placeOf({ host, port, transport, outboundProxy }: Trunk): string {
  return JSON.stringify([host, port, transport, outboundProxy]);
}

/** `12:00:03Z` */
function timeOf(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(11, 19)}Z`;
}
