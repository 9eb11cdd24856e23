import type { Clock, Timer } from '../clock.js';

export interface VirtualClock extends Clock {
  /** Lets time pass, running what falls due on the way, in order, at its own time. */
  advance(ms: number): void;
  /** Timers that wait: 0 when nothing is left to happen. */
  pending(): number;
}

interface Entry {
  atMs: number;
  run: (() => void) | null;
}

/** A clock that stands still until it is told to go on. */
export function createVirtualClock(): VirtualClock {
  const waiting: Entry[] = [];
  let nowMs = 0;
  let live = 0;
  return {
    nowMs: () => nowMs,
    after(ms: number, run: () => void): Timer {
      const entry: Entry = { atMs: nowMs + Math.max(0, ms), run };
      waiting.splice(placeOf(waiting, entry.atMs), 0, entry);
      live += 1;
      return {
        cancel: () => {
          if (entry.run) live -= 1;
          entry.run = null;
        },
      };
    },
    advance(ms: number): void {
      const untilMs = nowMs + ms;
      for (let next = waiting[0]; next && next.atMs <= untilMs; next = waiting[0]) {
        waiting.shift();
        const { run } = next;
        if (!run) continue;
        nowMs = next.atMs;
        next.run = null;
        live -= 1;
        run();
      }
      nowMs = untilMs;
    },
    pending: () => live,
  };
}

/** Behind everything that is due at the same time: first set, first run. */
function placeOf(waiting: Entry[], atMs: number): number {
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((waiting[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
