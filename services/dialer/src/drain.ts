import type { Clock } from '@trunkline/sip';
import type { HeldCalls } from './call/live-calls.js';

export interface DrainOptions {
  calls: Pick<HeldCalls, 'drain' | 'idle'>;
  clock: Clock;
  /** Takes no new work: jobs, INVITEs from outside; tells the others. */
  stopTaking: () => Promise<void>;
  /** How long calls may go on by themselves, ms. */
  timeoutMs: number;
  /** Closes what is left, in order. */
  close: { name: string; run: () => Promise<void> }[];
}

/** Calls that are hung up on get this long for the far end's answer; what is left then is taken over by the others. */
const GOODBYE_MS = 5_000;
/** What the drain may take beyond `timeoutMs`. */
export const DRAIN_EXTRA_MS = GOODBYE_MS + 8_000;

/** The steps by which a dialer goes: no new calls, then its calls end, then what it used. */
export function drainSteps(options: DrainOptions): { name: string; run: () => Promise<void> }[] {
  const { calls, clock, timeoutMs } = options;
  return [
    { name: 'take no more calls', run: options.stopTaking },
    { name: 'let calls end by themselves', run: () => atMost(clock, timeoutMs, calls.idle()) },
    {
      name: 'hang up on the rest',
      run: () => {
        calls.drain();
        return atMost(clock, GOODBYE_MS, calls.idle());
      },
    },
    ...options.close,
  ];
}

function atMost(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    void work.then(() => {
      timer.cancel();
      resolve();
    });
  });
}
