import { randomInt } from 'node:crypto';

/** Ports for RTP. */
export interface PortPool {
  /** An even port whose odd neighbour stays free for RTCP (RFC 3550 §11); null when there is none. */
  take(): number | null;
  /** The port rests for 5 s first, so that late packets of its old call do not reach a new one. */
  giveBack(port: number): void;
  /** How many could be taken now. */
  free(): number;
  total(): number;
}

/** How long a port rests, ms. */
const QUARANTINE_MS = 5_000;

/**
 * A pool of the even ports in `from`..`to` that have their neighbour in it too. They are handed out in random order, so
 * that a stranger cannot guess where the next call listens. Every operation costs the same however many calls there are.
 * @throws RangeError when the range holds no pair
 */
export function createPortPool(options: { from: number; to: number; nowMs?: () => number }): PortPool {
  return new RandomPortPool(options.from, options.to, options.nowMs ?? (() => performance.now()));
}

class RandomPortPool implements PortPool {
  private readonly ready: number[] = [];
  private readonly taken = new Set<number>();
  /** Port to when it came back, ms; a Map keeps the order in which they came. */
  private readonly resting = new Map<number, number>();
  private readonly size: number;

  constructor(
    from: number,
    to: number,
    private readonly nowMs: () => number,
  ) {
    for (let port = from + (from % 2); port + 1 <= to; port += 2) this.ready.push(port);
    this.size = this.ready.length;
    if (!(this.size > 0 && from > 0 && to <= 65_535 && Number.isInteger(from)))
      throw new RangeError(`there is no pair of ports in ${from}-${to}`);
  }

  take(): number | null {
    this.endQuarantines();
    const last = this.ready.pop();
    if (last === undefined) return null;
    const port = this.swapWithRandom(last);
    this.taken.add(port);
    return port;
  }

  giveBack(port: number): void {
    if (this.taken.delete(port)) this.resting.set(port, this.nowMs());
  }

  free(): number {
    this.endQuarantines();
    return this.ready.length;
  }

  total(): number {
    return this.size;
  }

  private swapWithRandom(last: number): number {
    const index = randomInt(this.ready.length + 1);
    const chosen = this.ready[index];
    if (chosen === undefined) return last;
    this.ready[index] = last;
    return chosen;
  }

  private endQuarantines(): void {
    const longAgoMs = this.nowMs() - QUARANTINE_MS;
    for (const [port, sinceMs] of this.resting) {
      if (sinceMs > longAgoMs) return;
      this.resting.delete(port);
      this.ready.push(port);
    }
  }
}
