import { setImmediate } from 'node:timers/promises';
import type { VirtualClock } from '@trunkline/sip/testing';

/** Lets what is ready happen: promises, and what follows from them. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}

/** Lets time pass in small steps, so that what timers bring about has its own time. */
export async function passTime(clock: VirtualClock, ms: number): Promise<void> {
  await settle();
  const stepMs = Math.max(50, ms / 200);
  for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
    clock.advance(Math.min(stepMs, leftMs));
    await settle();
  }
}
