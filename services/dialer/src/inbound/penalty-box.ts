import { type Clock, sourceOf } from '@trunkline/sip';

/**
 * Who gave so many wrong passwords that nothing is heard from there for a while. A right one mends nothing: who has one login
 * could guess at others for ever. Who has one IPv6 address has all of its /64.
 */
export interface PenaltyBox {
  /** A wrong password came from there. */
  note(host: string): void;
  isShut(host: string): boolean;
  /** Sources that are shut out just now; for metrics. */
  size(): number;
}

export interface PenaltyOptions {
  clock: Clock;
  /** So many within the window shut a source out. */
  attempts?: number;
  windowMs?: number;
  penaltyMs?: number;
  /** Of more sources the oldest is forgotten. */
  maxSources?: number;
}

interface Source {
  attempts: number;
  /** When what was noted of it is forgotten. */
  untilMs: number;
}

/** Phones behind one NAT share an address, and one with an old password tries on and on: hence not too strict. */
const ATTEMPTS = 10;
const WINDOW_MS = 60_000;
const PENALTY_MS = 5 * 60_000;
const MAX_SOURCES = 10_000;

export function createPenaltyBox(options: PenaltyOptions): PenaltyBox {
  const {
    clock,
    attempts = ATTEMPTS,
    windowMs = WINDOW_MS,
    penaltyMs = PENALTY_MS,
    maxSources = MAX_SOURCES,
  } = options;
  const sources = new Map<string, Source>();

  function find(source: string): Source | undefined {
    const known = sources.get(source);
    if (known && known.untilMs > clock.nowMs()) return known;
    sources.delete(source);
    return undefined;
  }

  return {
    note(host) {
      const source = sourceOf(host);
      const before = find(source);
      sources.delete(source);
      const [oldest] = sources.keys();
      if (sources.size >= maxSources && oldest !== undefined) sources.delete(oldest);
      const count = (before?.attempts ?? 0) + 1;
      const nowMs = clock.nowMs();
      const untilMs = count >= attempts ? nowMs + penaltyMs : (before?.untilMs ?? nowMs + windowMs);
      sources.set(source, { attempts: count, untilMs });
    },
    isShut: (host) => (find(sourceOf(host))?.attempts ?? 0) >= attempts,
    size: () =>
      [...sources.values()].filter((one) => one.attempts >= attempts && one.untilMs > clock.nowMs()).length,
  };
}
