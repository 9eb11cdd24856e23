import type { Trunk, TrunkHealth } from '@trunkline/contracts';
import { HOLD_TTL_MS } from '@trunkline/contracts';
import type { Clock, Credentials, RegisterOptions, Registration, Timer, UserAgent } from '@trunkline/sip';
import { escapeUser } from '../addresses.js';
import type { CallLog } from '../call/call-log.js';
import { hostPortOf, resolveTrunk, type TrunkFinder } from './trunk-targets.js';

/** What one dialer at a time may do; the bus keeps it. */
export interface Holds {
  /** True: it is ours, taken or renewed, for HOLD_TTL_MS. */
  take(what: string, dialerId: string): Promise<boolean>;
  release(what: string, dialerId: string): Promise<void>;
}

/** Registers with the trunks that want it, each by one dialer of all. */
export interface Registrar {
  /** Registers with these from now on, and with no others. */
  follow(trunks: readonly Trunk[]): void;
  /** Null where it is not to be, or another dialer does it. */
  stateOf(trunk: Trunk): Pick<TrunkHealth, 'registered' | 'reason'> | null;
  /** Registrations held here, and how many of them stand; for metrics. */
  counts(): { held: number; registered: number };
  /** Unregisters everywhere and leaves it to the others. */
  stop(): Promise<void>;
}

export interface RegistrarOptions extends TrunkFinder {
  dialerId: string;
  holds: Holds;
  agent: Pick<UserAgent, 'register'>;
  credentialsOf: (trunk: Trunk) => Credentials | null;
  clock: Clock;
  random: () => number;
  log: CallLog;
}

const TURN_MS = HOLD_TTL_MS / 3;
/** We let go this much before the bus does: clocks drift. */
const MARGIN_MS = 2_000;
/** An un-REGISTER that is not answered by then does not hold up the one who takes over. */
const STOP_MS = 2_000;

export function createRegistrar(options: RegistrarOptions): Registrar {
  return new TrunkRegistrar(options);
}

class TrunkRegistrar implements Registrar {
  private readonly kept = new Map<string, KeptRegistration>();

  constructor(private readonly options: RegistrarOptions) {}

  follow(trunks: readonly Trunk[]): void {
    const wanted = new Map(
      trunks.filter(({ enabled, register }) => enabled && register).map((trunk) => [trunk.sid, trunk]),
    );
    const stopping = new Map<string, Promise<void>>();
    for (const [sid, kept] of this.kept) {
      const now = wanted.get(sid);
      if (now?.dateUpdated === kept.trunk.dateUpdated) wanted.delete(sid);
      else {
        this.kept.delete(sid);
        stopping.set(sid, now ? kept.end() : kept.stop());
      }
    }
    for (const trunk of wanted.values()) {
      const kept = new KeptRegistration(trunk, this.options);
      this.kept.set(trunk.sid, kept);
      // The far end may take an un-REGISTER that overtakes us for our last word.
      void (stopping.get(trunk.sid) ?? Promise.resolve()).then(() => kept.start());
    }
  }

  stateOf(trunk: Trunk): Pick<TrunkHealth, 'registered' | 'reason'> | null {
    return this.kept.get(trunk.sid)?.state ?? null;
  }

  counts(): { held: number; registered: number } {
    const states = [...this.kept.values()].flatMap(({ state }) => state ?? []);
    return { held: states.length, registered: states.filter(({ registered }) => registered).length };
  }

  async stop(): Promise<void> {
    const all = [...this.kept.values()];
    this.kept.clear();
    await Promise.all(all.map((kept) => kept.stop()));
  }
}

/** One trunk: whoever holds it registers, the others ask again and again whether it is free. */
class KeptRegistration {
  state: Pick<TrunkHealth, 'registered' | 'reason'> | null = null;
  private registration: Registration | null = null;
  private turnTimer: Timer | null = null;
  private lossTimer: Timer | null = null;
  private isOver = false;
  private isEnding = false;

  constructor(
    readonly trunk: Trunk,
    private readonly options: RegistrarOptions,
  ) {}

  start(): void {
    void this.turn();
  }

  /** Unregisters, and leaves the trunk to the others. */
  async stop(): Promise<void> {
    const isHeld = this.registration !== null;
    await this.end();
    if (!isHeld) return;
    const { holds, dialerId, log } = this.options;
    await holds
      .release(whatOf(this.trunk), dialerId)
      .catch((err: unknown) => log.warn({ err, trunk: this.trunk.name }, 'a hold was not released'));
  }

  /** Unregisters; the trunk is ours still. */
  async end(): Promise<void> {
    this.isOver = true;
    this.turnTimer?.cancel();
    this.lossTimer?.cancel();
    await this.endRegistration();
  }

  /** The next turn is set before this one is through, so that a slow answer costs none. */
  private async turn(): Promise<void> {
    if (this.isOver) return;
    const { clock, random, holds, dialerId, log } = this.options;
    this.turnTimer = clock.after(TURN_MS * (0.8 + 0.2 * random()), () => void this.turn());
    const askedAtMs = clock.nowMs();
    try {
      const isOurs = await holds.take(whatOf(this.trunk), dialerId);
      if (this.isOver) return;
      if (isOurs) this.hold(askedAtMs);
      else this.lose();
    } catch (err) {
      log.warn({ err, trunk: this.trunk.name }, 'it is not known which dialer registers with a trunk');
    }
  }

  /** Counted from when it was asked for: the bus counts from when it came, which is later. */
  private hold(askedAtMs: number): void {
    const { clock } = this.options;
    this.lossTimer?.cancel();
    const leftMs = askedAtMs + HOLD_TTL_MS - MARGIN_MS - clock.nowMs();
    this.lossTimer = clock.after(Math.max(0, leftMs), () => this.lose());
    // Else the next turn does it.
    if (!this.isEnding) this.registration ??= this.register();
  }

  /** Another dialer registers now, or soon: what it says replaces what we said (RFC 3261 §10.3). */
  private lose(): void {
    this.lossTimer?.cancel();
    void this.endRegistration();
  }

  private register(): Registration {
    const { agent, credentialsOf, log } = this.options;
    const { trunk } = this;
    this.state = { registered: false, reason: 'not answered yet' };
    const credentials = credentialsOf(trunk);
    const options: RegisterOptions = {
      aor: `sip:${escapeUser(userOf(trunk))}@${hostPortOf({ host: trunk.fromDomain ?? trunk.host, port: null })}`,
      registrar: `sip:${hostPortOf(trunk)}`,
      targets: () => resolveTrunk(trunk, this.options),
      expiresSeconds: trunk.registerExpiresSeconds,
      contactUser: userOf(trunk),
      ...(credentials ? { credentials } : {}),
      ...(trunk.publicAddress === null ? {} : { publicHost: trunk.publicAddress }),
      onState: (state) => {
        const before = this.state;
        this.state =
          state.kind === 'registered'
            ? { registered: true, reason: null }
            : { registered: false, reason: `not registered: ${state.status ?? ''} ${state.reason}`.trim() };
        if (before?.registered === this.state.registered && before.reason === this.state.reason) return;
        const fields = { trunk: trunk.name, reason: this.state.reason };
        if (this.state.registered) log.info(fields, 'registered with a trunk');
        else log.warn(fields, 'a trunk takes no registration');
      },
    };
    return agent.register(options);
  }

  private async endRegistration(): Promise<void> {
    const { registration } = this;
    this.registration = null;
    this.state = null;
    if (!registration) return;
    this.isEnding = true;
    await new Promise<void>((resolve) => {
      const timer = this.options.clock.after(STOP_MS, resolve);
      const finish = () => {
        timer.cancel();
        resolve();
      };
      registration.stop().then(finish, finish);
    });
    this.isEnding = false;
  }
}

function whatOf({ sid }: Trunk): string {
  return `register.${sid}`;
}

/** Who registers is called by its user name there (RFC 3261 §10.2). */
function userOf({ username, sid }: Trunk): string {
  return username ?? sid;
}
