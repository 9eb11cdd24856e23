/** Time, passed in so that a test can own it. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  after(ms: number, run: () => void): { cancel(): void };
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
