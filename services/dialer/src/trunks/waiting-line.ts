import type { Clock } from '@trunkline/sip';

/** When calls that found their trunks full are to ask again, each in its turn. */
export interface WaitingLine {
  /** In how many ms the next call that waits for the trunks of an account is to ask again. */
  delayOf(wait: Wait): number;
}

/** What a call waits for. */
export interface Wait {
  /** Whose trunks. */
  accountSid: string;
  /** When there may be room. */
  roomInMs: number;
  /** What the trunks take at most; 0 where nothing bounds that. */
  callsPerSecond: number;
}

export interface LineOptions {
  clock: Clock;
  /** 0 to 1, 1 excluded. */
  random: () => number;
}

/**
 * Between two calls of one account that ask again, in a dialer, and less where its trunks take half as many: so often that no trunk
 * waits for calls, and yet however many wait, they leave the queue and the machine to others.
 */
const SPACING_MS = 5;
/** Room may come sooner than was to be seen. */
const LONGEST_MS = 300_000;
/** Lines that are empty are forgotten when there are so many. */
const MAX_LINES = 1_000;

export function createWaitingLine({ clock, random }: LineOptions): WaitingLine {
  /** By account, when the next place in its line is. */
  const nextAtMs = new Map<string, number>();

  function forgetEmpty(nowMs: number): void {
    for (const [accountSid, atMs] of nextAtMs) if (atMs <= nowMs) nextAtMs.delete(accountSid);
  }

  return {
    delayOf({ accountSid, roomInMs, callsPerSecond }) {
      const nowMs = clock.nowMs();
      if (nextAtMs.size >= MAX_LINES) forgetEmpty(nowMs);
      const placeAtMs = Math.max(nowMs, nextAtMs.get(accountSid) ?? 0);
      const inLineMs = placeAtMs - nowMs;
      // Who asks after the longest wait does not lengthen it.
      if (inLineMs >= LONGEST_MS) return LONGEST_MS * (0.5 + random() / 2);
      nextAtMs.set(accountSid, placeAtMs + Math.min(SPACING_MS, 500 / callsPerSecond));
      return Math.max(inLineMs, roomInMs * (1 + random()));
    },
  };
}
