/** A pending `after`; `cancel` may be called at any time, also twice or too late. */
export interface Timer {
  cancel(): void;
}

/** Time as the stack sees it: injected, so that 32 s of silence are tested in a millisecond. */
export interface Clock {
  /** Monotonic, ms. */
  nowMs(): number;
  after(ms: number, run: () => void): Timer;
}

/** The process's own clock. Its timers alone keep no process alive: the socket does. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(ms, run) {
    const timeout = setTimeout(run, ms).unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};
