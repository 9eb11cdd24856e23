/** Whether a trunk shows signs of life. */
export interface Liveness {
  state: 'unknown' | 'up' | 'down';
  /** Questions in a row without an answer. */
  misses: number;
  /** Wall clock, ms: when it was first without an answer; null while it answers. */
  silentSinceMs: number | null;
  /** What came in place of an answer: `no response`. */
  why: string;
}

export const UNASKED: Liveness = { state: 'unknown', misses: 0, silentSinceMs: null, why: '' };

/** One datagram may be lost: only so many silences in a row mean that it is down. */
const MISSES_TO_DOWN = 2;

/** What one more question to it means. Any answer at all is a sign of life. */
export function stepLiveness(
  before: Liveness,
  result: { alive: true } | { alive: false; reason: string },
  wallMs: number,
): Liveness {
  if (result.alive) return { state: 'up', misses: 0, silentSinceMs: null, why: '' };
  const misses = before.misses + 1;
  return {
    state: misses >= MISSES_TO_DOWN ? 'down' : before.state,
    misses,
    silentSinceMs: before.silentSinceMs ?? wallMs,
    why: result.reason,
  };
}
