/** Time, passed in so that a test can own it. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  after(ms: number, run: () => void): { cancel(): void };
}

/** The process's own clock. Its timers alone keep no process alive: what they are for does. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
