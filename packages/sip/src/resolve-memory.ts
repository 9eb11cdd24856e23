import type { Clock } from './clock.js';
import { isNoRecord } from './resolve-dns.js';

export interface Found<T> {
  records: readonly T[];
  /** How long it may be believed, ms. */
  ttlMs: number;
}

interface Known {
  records: readonly unknown[];
  /** Whether it is an answer of DNS, or stands for one that did not come. */
  isAnswer: boolean;
  untilMs: number;
}

const MAX_NAMES = 10_000;

/** How long DNS is not asked again after it has failed, ms. */
const REST_MS = 5000;

/** How long it is believed that there is no such record, ms. */
const NOTHING_MS = 10_000;

/**
 * Remembers what DNS said, asks once for many who want the same, and goes on with what was good before when DNS fails.
 * Bounded: what was learned first is forgotten first.
 */
export class ResolveMemory {
  private readonly known = new Map<string, Known>();
  private readonly asking = new Map<string, Promise<readonly unknown[]>>();

  constructor(
    private readonly clock: Clock,
    private readonly deadlineMs: number,
  ) {}

  /** The records of `key`. Never rejects: [] when there are none, or when DNS does not say and never has. */
  recall<T>(key: string, ask: () => Promise<Found<T>>): Promise<readonly T[]> {
    const before = this.known.get(key);
    if (before && before.untilMs > this.clock.nowMs()) return Promise.resolve(before.records as readonly T[]);
    const asked = this.asking.get(key) ?? this.learn(key, ask);
    this.asking.set(key, asked);
    return asked as Promise<readonly T[]>;
  }

  get size(): number {
    return this.known.size;
  }

  private async learn<T>(key: string, ask: () => Promise<Found<T>>): Promise<readonly T[]> {
    try {
      const { records, ttlMs } = await this.within(ask());
      return this.keep(key, { records, isAnswer: true, untilMs: this.clock.nowMs() + ttlMs });
    } catch (error) {
      if (isNoRecord(error))
        return this.keep(key, { records: [], isAnswer: true, untilMs: this.clock.nowMs() + NOTHING_MS });
      const before = this.known.get(key);
      const records = before?.isAnswer ? (before.records as readonly T[]) : [];
      return this.keep(key, {
        records,
        isAnswer: before?.isAnswer ?? false,
        untilMs: this.clock.nowMs() + REST_MS,
      });
    } finally {
      this.asking.delete(key);
    }
  }

  private keep<T>(key: string, known: Known & { records: readonly T[] }): readonly T[] {
    this.known.delete(key);
    this.known.set(key, known);
    const [oldest] = this.known.keys();
    if (this.known.size > MAX_NAMES && oldest !== undefined) this.known.delete(oldest);
    return known.records;
  }

  private within<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`no reply within ${this.deadlineMs} ms`));
      const timer = this.clock.after(this.deadlineMs, late);
      work.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}
