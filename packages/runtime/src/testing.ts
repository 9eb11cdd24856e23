import type { Clock } from './clock.js';

/** A clock that stands still until a test moves it. */
export interface VirtualClock extends Clock {
  /** Runs what is due within the next `ms`, in order, and lets promises settle in between. */
  advance(ms: number): Promise<void>;
}

export function createVirtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  const timers = new Set<{ atMs: number; run: () => void }>();
  const nextUntil = (endMs: number) =>
    [...timers].filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
  return {
    nowMs: () => nowMs,
    after(ms, run) {
      const timer = { atMs: nowMs + ms, run };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      for (let timer = nextUntil(endMs); timer; timer = nextUntil(endMs)) {
        nowMs = timer.atMs;
        timers.delete(timer);
        timer.run();
        await settle();
      }
      nowMs = endMs;
      await settle();
    },
  };
}

/** Lets what waits for resolved promises go on. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
