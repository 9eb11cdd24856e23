import type { KvEntry, QueuedIterator } from 'nats';
import type { JsonBucket } from './json-bucket.js';
import type { Link } from './link.js';
import { createRetry } from './retry.js';

/** How long the copy of everything may stand still before it is begun anew. */
const STALL_MS = 5_000;
/** How long a lost bucket's writer may take, once it has begun, until it counts what it did not write again. */
const REFILL_MS = 30_000;

export interface WatchHandlers<T> {
  /** Null: it was removed. */
  onEntry: (key: string, value: T | null) => void;
  onReady: () => void;
}

export interface WatchOptions<T> extends WatchHandlers<T> {
  link: Link;
  bucket: JsonBucket<T>;
  onError: (error: Error) => void;
  /** 30 s. */
  refillMs?: number;
}

/**
 * Tells a bucket's values, and every change, until it is stopped. After a reconnection it tells all of them once more,
 * since changes may have been missed, and what is gone as removed.
 *
 * A bucket that is empty then, or whose revisions begin anew, was lost with its server, and somebody fills it again, or
 * will: until they had the time to, what was known holds.
 */
export async function watchBucket<T>(options: WatchOptions<T>): Promise<{ stop(): void }> {
  const watch = new BucketWatch(options);
  await watch.start();
  return watch;
}

class BucketWatch<T> {
  readonly #options: WatchOptions<T>;
  readonly #beginAgain: () => void;
  /** What the receiver believes to be there. */
  readonly #known = new Set<string>();
  #round: Round | null = null;
  /** Revisions only grow, unless the bucket was lost. */
  #highest = 0;
  /** The server has lost the bucket, and nothing was written again yet. */
  #isLost = false;
  /** Runs while a lost bucket is filled again. */
  #refill: NodeJS.Timeout | undefined;
  #stopListening = () => {};
  #stopped = false;

  constructor(options: WatchOptions<T>) {
    this.#options = options;
    this.#beginAgain = createRetry({
      attempt: () => this.#begin(),
      isWanted: () => !this.#stopped && options.link.isConnected(),
      onError: options.onError,
    });
  }

  async start(): Promise<void> {
    try {
      await this.#begin();
    } catch (error) {
      this.stop();
      throw error;
    }
    this.#stopListening = this.#options.link.onChange((up) => {
      this.#round?.end();
      if (up) this.#beginAgain();
    });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#refill);
    this.#stopListening();
    this.#round?.end();
  }

  async #begin(): Promise<void> {
    this.#round?.end();
    const round = new Round();
    this.#round = round;
    const entries = await this.#options.bucket.watch({
      onInitialized: () => round.initialized(),
      isWanted: () => !round.isOver,
    });
    if (round.isOver) return;
    round.open(entries, {
      onReady: () => this.#ready(round),
      onStalled: () => this.#endAbnormally(round, new Error('the copy of a bucket stands still')),
    });
    // It cannot reject.
    void this.#read(entries, round);
  }

  async #read(entries: QueuedIterator<KvEntry>, round: Round): Promise<void> {
    try {
      for await (const entry of entries) {
        if (round.isOver) continue;
        this.#take(entry, round);
        round.count();
      }
      this.#endAbnormally(round, null);
    } catch (error) {
      this.#endAbnormally(round, error as Error);
    }
  }

  /** The client gave up by itself: nothing that we know of was the cause. */
  #endAbnormally(round: Round, error: Error | null): void {
    if (round.isOver) return;
    round.end();
    if (error) this.#options.onError(error);
    this.#beginAgain();
  }

  #take(entry: KvEntry, round: Round): void {
    const { bucket } = this.#options;
    round.highest = Math.max(round.highest, entry.revision);
    if (round.isReady()) this.#highest = Math.max(this.#highest, round.highest);
    if (entry.operation !== 'PUT') {
      if (this.#known.delete(entry.key)) this.#tell(entry.key, null);
      round.notSee(entry.key);
      return;
    }
    round.see(entry.key);
    const [stored] = bucket.readOrReport(entry);
    // One that cannot be read changes nothing: what was known of the key holds on.
    if (!stored) return;
    this.#known.add(entry.key);
    this.#tell(entry.key, stored.value);
    if (this.#isLost) this.#compareLater();
  }

  /** Begins a new copy once the writer had the time to write everything again. */
  #compareLater(): void {
    this.#isLost = false;
    clearTimeout(this.#refill);
    this.#refill = setTimeout(() => {
      this.#refill = undefined;
      this.#beginAgain();
    }, this.#options.refillMs ?? REFILL_MS);
    this.#refill.unref();
  }

  /** Revisions may also begin anew, to us, when the marker of what was removed last is removed: then nothing is lost but time. */
  #ready(round: Round): void {
    const isAnew = round.highest < this.#highest;
    this.#highest = round.highest;
    this.#isLost = round.isEmpty() && this.#known.size > 0;
    if (isAnew && !this.#isLost) this.#compareLater();
    if (!this.#isLost && this.#refill === undefined) this.#forgetUnseen(round);
    this.#guard(() => this.#options.onReady());
  }

  #forgetUnseen(round: Round): void {
    for (const key of this.#known) {
      if (round.saw(key)) continue;
      this.#known.delete(key);
      this.#tell(key, null);
    }
  }

  #tell(key: string, value: T | null): void {
    this.#guard(() => this.#options.onEntry(key, value));
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }
}

/** One copy of everything, and the changes after it, over one connection. */
class Round {
  isOver = false;
  /** The highest revision that was met. */
  highest = 0;
  /** The keys that are there, until the copy is complete. */
  readonly #seen = new Set<string>();
  #entries: QueuedIterator<KvEntry> | null = null;
  #onReady: (() => void) | null = null;
  #isInitialized = false;
  #isReady = false;
  #taken = 0;
  /** How many entries have been taken once the copy is complete. */
  #goal = Number.POSITIVE_INFINITY;
  #stall: NodeJS.Timeout | undefined;

  /** The client has everything: either it tells so in turn, or before anything was taken out of its queue. */
  initialized(): void {
    this.#isInitialized = true;
    if (this.#entries) this.#reachAt(this.#taken);
  }

  open(entries: QueuedIterator<KvEntry>, on: { onReady: () => void; onStalled: () => void }): void {
    this.#entries = entries;
    this.#onReady = on.onReady;
    this.#stall = setTimeout(on.onStalled, STALL_MS);
    if (this.#isInitialized) this.#reachAt(entries.getReceived());
  }

  /** One more entry was taken. */
  count(): void {
    if (this.#isReady) return;
    this.#taken += 1;
    this.#stall?.refresh();
    this.#check();
  }

  see(key: string): void {
    if (!this.#isReady) this.#seen.add(key);
  }

  notSee(key: string): void {
    this.#seen.delete(key);
  }

  isEmpty(): boolean {
    return this.#seen.size === 0;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  saw(key: string): boolean {
    return this.#seen.has(key);
  }

  end(): void {
    this.isOver = true;
    clearTimeout(this.#stall);
    // Not close(): it never resolves once iteration has ended.
    this.#entries?.stop();
  }

  #reachAt(goal: number): void {
    this.#goal = goal;
    this.#check();
  }

  #check(): void {
    if (this.#isReady || this.isOver || this.#taken < this.#goal) return;
    this.#isReady = true;
    clearTimeout(this.#stall);
    this.#onReady?.();
    this.#seen.clear();
  }
}
