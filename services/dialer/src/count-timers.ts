import type { Clock } from '@trunkline/sip';

/** A clock that knows how many of its timers run. */
export interface CountedClock extends Clock {
  running(): number;
}

/** Counts timers, for the metrics: one that is neither over nor canceled is held by somebody. */
export function countTimers(clock: Clock): CountedClock {
  let running = 0;
  return {
    nowMs: () => clock.nowMs(),
    after(ms, run) {
      running += 1;
      let isOver = false;
      const leave = () => {
        if (!isOver) running -= 1;
        isOver = true;
      };
      const timer = clock.after(ms, () => {
        leave();
        run();
      });
      return {
        cancel: () => {
          leave();
          timer.cancel();
        },
      };
    },
    running: () => running,
  };
}
