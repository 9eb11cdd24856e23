import type { Call, Trunk, TrunkHealth } from '@trunkline/contracts';
import type { Limits } from '@trunkline/limits';
import type { Clock, Credentials, UserAgent } from '@trunkline/sip';
import type { CallLog } from '../call/call-log.js';
import { type Channels, createChannels } from './channels.js';
import { createRegistrar, type Holds, type Registrar } from './keep-registered.js';
import { createRoutes, type Routes } from './routes.js';
import type { TrunkBook } from './trunk-book.js';
import { createTrunkStates, type TrunkStates } from './trunk-states.js';
import type { TrunkFinder } from './trunk-targets.js';
import { createWaitingLine, type WaitingLine } from './waiting-line.js';
import { createTrunkWatch, type TrunkWatch } from './watch-trunks.js';

/** All that this dialer does about trunks, as the directory knows them at each moment. */
export interface Trunks {
  /** Asks for signs of life and registers, from now on. */
  start(): void;
  /** The ways of one call over the trunks of its account. */
  openRoutes(call: Pick<Call, 'sid' | 'accountSid'>): Routes;
  /**
   * Takes a channel for a call that came over a trunk; null when all are taken: it is to be refused. `release` is to be
   * called when the call is over, however it ends.
   */
  admitInbound(trunk: Trunk, callSid: string): Promise<{ release(): void } | null>;
  find(trunkSid: string): Trunk | null;
  /** What a trunk that asks is told; null when it has none, or its password cannot be opened. */
  credentialsOf(trunk: Trunk): Credentials | null;
  /** How trunks look from here, by Sid: those first that are not up, and of very many not all. */
  health(): Record<string, TrunkHealth>;
  counts(): TrunkCounts;
  /** Unregisters, and takes no more part in registering: when this dialer goes. */
  leave(): Promise<void>;
  /** Ends all that is left. */
  stop(): void;
}

/** For metrics. */
export interface TrunkCounts {
  byState: Record<TrunkHealth['state'], number>;
  /** Whose breaker is open, or half-open. */
  broken: number;
  /** Channels held here. */
  channels: number;
  registrationsHeld: number;
  registered: number;
}

export interface TrunksOptions extends TrunkFinder {
  dialerId: string;
  book: TrunkBook;
  limits: Pick<Limits, 'takeChannel' | 'keepChannels' | 'releaseChannel'>;
  holds: Holds;
  agent: Pick<UserAgent, 'ping' | 'register'>;
  clock: Clock;
  now: () => Date;
  /** 0 to 1, 1 excluded. */
  random: () => number;
  meter: { legEnded(trunk: string, reason: 'unreachable'): void };
  log: CallLog;
}

/** Leases are small and written often: no more trunks than this stand in one. */
const MAX_IN_LEASE = 200;

export function openTrunks(options: TrunksOptions): Trunks {
  return new OpenTrunks(options);
}

class OpenTrunks implements Trunks {
  private readonly states: TrunkStates;
  private readonly channels: Channels;
  private readonly line: WaitingLine;
  private readonly watch: TrunkWatch;
  private readonly registrar: Registrar;
  private bySid: Map<string, Trunk> | null = null;
  private endListening: () => void = () => {};
  private isStarted = false;
  private isLeaving = false;

  constructor(private readonly options: TrunksOptions) {
    const { clock, now, log, limits } = options;
    const credentialsOf = (trunk: Trunk) => this.credentialsOf(trunk);
    this.states = createTrunkStates({
      clock,
      now,
      onChange: (trunk, state, why) => log.warn({ trunk: trunk.name, state, why }, 'a trunk looks different'),
    });
    this.channels = createChannels({ limits, clock });
    this.line = createWaitingLine(options);
    this.watch = createTrunkWatch({ ...options, states: this.states, credentialsOf });
    this.registrar = createRegistrar({ ...options, credentialsOf });
  }

  start(): void {
    this.isStarted = true;
    this.endListening = this.options.book.onChange((kind) => {
      if (kind === 'trunk') this.follow();
    });
    this.follow();
  }

  openRoutes(call: Pick<Call, 'sid' | 'accountSid'>): Routes {
    const { meter, log } = this.options;
    return createRoutes({
      ...this.options,
      call,
      states: this.states,
      channels: this.channels,
      line: this.line,
      onUnresolved: (trunk, err) => {
        meter.legEnded(trunk.name, 'unreachable');
        log.warn({ callSid: call.sid, trunk: trunk.name, err }, 'a trunk has no address');
      },
    });
  }

  async admitInbound(trunk: Trunk, callSid: string): Promise<{ release(): void } | null> {
    // The pace is that of the INVITEs that we send.
    const verdict = await this.channels.take({ ...trunk, maxCallsPerSecond: null }, callSid, 0);
    return verdict.allowed ? { release: () => this.channels.release(trunk.sid, callSid) } : null;
  }

  find(trunkSid: string): Trunk | null {
    this.bySid ??= new Map(this.options.book.trunks().map((trunk) => [trunk.sid, trunk]));
    const found = this.bySid.get(trunkSid) ?? null;
    // Before `start` nobody tells of changes.
    if (!this.isStarted) this.bySid = null;
    return found;
  }

  credentialsOf(trunk: Trunk): Credentials | null {
    if (trunk.username === null) return null;
    const password = this.options.book.passwordOf(trunk);
    return password === null ? null : { username: trunk.username, password };
  }

  health(): Record<string, TrunkHealth> {
    const all = this.options.book
      .trunks()
      .filter(({ enabled }) => enabled)
      .map((trunk) => ({ sid: trunk.sid, health: this.healthOf(trunk) }));
    if (all.length > MAX_IN_LEASE) all.sort((a, b) => urgencyOf(b.health) - urgencyOf(a.health));
    return Object.fromEntries(all.slice(0, MAX_IN_LEASE).map(({ sid, health }) => [sid, health]));
  }

  counts(): TrunkCounts {
    const byState = { up: 0, down: 0, suspended: 0, unknown: 0 };
    const enabled = this.options.book.trunks().filter((trunk) => trunk.enabled);
    for (const trunk of enabled) byState[this.states.healthOf(trunk).state] += 1;
    const { held, registered } = this.registrar.counts();
    return {
      byState,
      broken: enabled.filter((trunk) => this.states.isBroken(trunk)).length,
      channels: this.channels.size(),
      registrationsHeld: held,
      registered,
    };
  }

  async leave(): Promise<void> {
    this.isLeaving = true;
    await this.registrar.stop();
  }

  stop(): void {
    this.endListening();
    this.watch.stop();
    this.channels.stop();
    void this.leave();
  }

  private follow(): void {
    this.bySid = null;
    const trunks = this.options.book.trunks();
    this.states.keep(trunks);
    this.watch.follow(trunks);
    if (!this.isLeaving) this.registrar.follow(trunks);
  }

  private healthOf(trunk: Trunk): TrunkHealth {
    const health = this.states.healthOf(trunk);
    const registration = this.registrar.stateOf(trunk);
    return {
      state: health.state,
      registered: registration?.registered ?? null,
      reason: health.reason ?? registration?.reason ?? null,
    };
  }
}

/** What operators want to see first. */
function urgencyOf({ state, registered }: TrunkHealth): number {
  if (state === 'down' || state === 'suspended') return 2;
  return registered === false ? 1 : 0;
}
