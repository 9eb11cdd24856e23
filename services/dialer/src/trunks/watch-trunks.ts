import type { Trunk } from '@trunkline/contracts';
import type { Clock, Credentials, Timer, UserAgent } from '@trunkline/sip';
import type { TrunkStates } from './trunk-states.js';
import { hostPortOf, resolveTrunk, type TrunkFinder } from './trunk-targets.js';

/** Asks each trunk for a sign of life, again and again (OPTIONS, RFC 3261 §11). */
export interface TrunkWatch {
  /** Asks these from now on, and no others; one that is the same goes on as it was. */
  follow(trunks: readonly Trunk[]): void;
  stop(): void;
}

export interface WatchOptions extends TrunkFinder {
  agent: Pick<UserAgent, 'ping'>;
  states: Pick<TrunkStates, 'asked'>;
  credentialsOf: (trunk: Trunk) => Credentials | null;
  clock: Clock;
  random: () => number;
}

/** Questions under way at once. */
export const PINGS_AT_ONCE = 16;
/** Silence for so long is a miss. */
const PING_MS = 4_000;
/** The first question comes within this, so that the trunks of a dialer that starts are not all asked at once. */
const FIRST_MS = 2_000;
/** Each interval is longer or shorter by up to this share, so that many dialers do not ask at the same time. */
const JITTER = 0.1;

interface Watched {
  trunk: Trunk;
  timer: Timer | null;
}

export function createTrunkWatch(options: WatchOptions): TrunkWatch {
  return new OptionsWatch(options);
}

class OptionsWatch implements TrunkWatch {
  private readonly watched = new Map<string, Watched>();
  private readonly waiting: Watched[] = [];
  private underWay = 0;

  constructor(private readonly options: WatchOptions) {}

  follow(trunks: readonly Trunk[]): void {
    const wanted = new Map(trunks.filter(isAsked).map((trunk) => [trunk.sid, trunk]));
    for (const [sid, watched] of this.watched) {
      if (wanted.get(sid)?.dateUpdated === watched.trunk.dateUpdated) wanted.delete(sid);
      else this.drop(watched);
    }
    for (const trunk of wanted.values()) {
      const watched: Watched = { trunk, timer: null };
      this.watched.set(trunk.sid, watched);
      this.askAfter(watched, this.options.random() * Math.min(FIRST_MS, intervalOf(trunk)));
    }
  }

  stop(): void {
    for (const watched of this.watched.values()) this.drop(watched);
  }

  private drop(watched: Watched): void {
    watched.timer?.cancel();
    this.watched.delete(watched.trunk.sid);
  }

  private askAfter(watched: Watched, ms: number): void {
    if (!this.isWatched(watched)) return;
    watched.timer = this.options.clock.after(ms, () => {
      this.waiting.push(watched);
      this.askWaiting();
    });
  }

  private askWaiting(): void {
    while (this.underWay < PINGS_AT_ONCE) {
      const watched = this.waiting.shift();
      if (!watched) return;
      if (!this.isWatched(watched)) continue;
      this.underWay += 1;
      void this.ask(watched).finally(() => {
        this.underWay -= 1;
        const share = 1 + JITTER * (2 * this.options.random() - 1);
        this.askAfter(watched, intervalOf(watched.trunk) * share);
        this.askWaiting();
      });
    }
  }

  private async ask(watched: Watched): Promise<void> {
    const result = await this.ping(watched.trunk).catch((error: Error) => ({
      alive: false as const,
      reason: error.message,
    }));
    // Whoever changed it meanwhile has it asked again.
    if (this.isWatched(watched)) this.options.states.asked(watched.trunk, result);
  }

  private async ping(trunk: Trunk) {
    const { agent, credentialsOf } = this.options;
    const targets = await resolveTrunk(trunk, this.options);
    const credentials = credentialsOf(trunk);
    return agent.ping({
      targets,
      requestUri: `sip:${hostPortOf(trunk)}`,
      timeoutMs: PING_MS,
      ...(credentials ? { credentials } : {}),
      ...(trunk.publicAddress === null ? {} : { publicHost: trunk.publicAddress }),
    });
  }

  private isWatched(watched: Watched): boolean {
    return this.watched.get(watched.trunk.sid) === watched;
  }
}

function isAsked({ enabled, optionsIntervalSeconds }: Trunk): boolean {
  return enabled && optionsIntervalSeconds > 0;
}

function intervalOf({ optionsIntervalSeconds }: Trunk): number {
  return optionsIntervalSeconds * 1000;
}
