import type { Clock } from '@trunkline/runtime';
import type { Callback } from './callback.js';

/** The callbacks in hand, each of whose deliveries is kept from coming again while it waits. */
export interface HeldCallbacks {
  get(id: string): Callback | undefined;
  add(callback: Callback): void;
  remove(callback: Callback): void;
  stop(): void;
}

const SWEEP_MS = 1000;

/** @param keepEveryMs how often a delivery says that it is being worked on; well below the time it is lent for */
export function holdDeliveries(clock: Clock, keepEveryMs: number): HeldCallbacks {
  /** Longest untouched first. */
  const held = new Map<string, { callback: Callback; touchedMs: number }>();
  const touch = (callback: Callback) => {
    held.delete(callback.id);
    held.set(callback.id, { callback, touchedMs: clock.nowMs() });
  };
  const sweep = () => {
    timer = clock.after(SWEEP_MS, sweep);
    for (const { callback, touchedMs } of held.values()) {
      if (clock.nowMs() - touchedMs < keepEveryMs) return;
      callback.delivery.working();
      touch(callback);
    }
  };
  let timer = clock.after(SWEEP_MS, sweep);
  return {
    get: (id) => held.get(id)?.callback,
    add: touch,
    remove: (callback) => void held.delete(callback.id),
    stop: () => timer.cancel(),
  };
}
