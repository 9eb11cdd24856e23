import { StoreUnavailableError } from './errors.js';

export interface TurnsOptions {
  /** How many work at a time. */
  places: number;
  /** How long one waits for a place; then StoreUnavailableError. */
  waitMs: number;
}

/** Lets only so many work at a time, first come, first served: what takes long leaves connections to what does not. */
export function createTurns({ places, waitMs }: TurnsOptions) {
  let free = places;
  const waiting = new Set<() => void>();

  async function take(): Promise<void> {
    if (free > 0) {
      free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const tooLate = setTimeout(() => {
        waiting.delete(start);
        reject(new StoreUnavailableError('too many lists are being read'));
      }, waitMs);
      const start = () => {
        clearTimeout(tooLate);
        resolve();
      };
      waiting.add(start);
    });
  }

  function leave(): void {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return async <T>(work: () => Promise<T>): Promise<T> => {
    await take();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
