import type { Clock } from '@trunkline/sip';

/** Where clients have signed in from of late. */
export interface GuestBook {
  welcome(host: string): void;
  knows(host: string): boolean;
}

/** Longer than most devices stay without coming again. */
const STAY_MS = 3_600_000;
/** Of more hosts the one that came first is forgotten. */
const MAX_HOSTS = 50_000;

export function createGuestBook(clock: Clock): GuestBook {
  const untilMs = new Map<string, number>();
  return {
    welcome(host) {
      untilMs.delete(host);
      const [oldest] = untilMs.keys();
      if (untilMs.size >= MAX_HOSTS && oldest !== undefined) untilMs.delete(oldest);
      untilMs.set(host, clock.nowMs() + STAY_MS);
    },
    knows: (host) => (untilMs.get(host) ?? 0) > clock.nowMs(),
  };
}
