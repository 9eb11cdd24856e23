/** What became of one request: an HTTP status, or no answer. */
export type Attempt =
  | { kind: 'answered'; status: number; retryAfter: string | null }
  | { kind: 'failed'; retryable: boolean; reason: string };

export type Verdict =
  | { kind: 'done' }
  | { kind: 'retry'; afterMs: number; reason: string }
  /** `refused`: another try cannot help. `exhausted`: there were enough. */
  | { kind: 'give-up'; why: 'refused' | 'exhausted'; reason: string };

/** Waits between attempts, seconds: about 15 minutes with the requests' own time. */
export const RETRY_WAITS_SECONDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300] as const;

/** No attempt begins later than this after the event came. */
const MAX_AGE_MS = 20 * 60_000;
const MAX_RETRY_AFTER_MS = 300_000;

export interface AttemptHistory {
  /** Attempts made, this one included. */
  attempts: number;
  receivedMs: number;
  nowMs: number;
  /** Between 0 and 1. */
  random: number;
}

/** Decides whether a callback is done, tried again and when, or given up. */
export function judgeAttempt(attempt: Attempt, history: AttemptHistory): Verdict {
  if (attempt.kind === 'answered' && attempt.status >= 200 && attempt.status < 300) return { kind: 'done' };
  const reason = attempt.kind === 'answered' ? `status ${attempt.status}` : attempt.reason;
  if (!canRetry(attempt)) return { kind: 'give-up', why: 'refused', reason };
  const waitSeconds = RETRY_WAITS_SECONDS[history.attempts - 1];
  if (waitSeconds === undefined) return { kind: 'give-up', why: 'exhausted', reason };
  const afterMs = Math.max(jittered(waitSeconds * 1000, history.random), askedWaitMs(attempt, history.nowMs));
  if (history.nowMs + afterMs - history.receivedMs > MAX_AGE_MS)
    return { kind: 'give-up', why: 'exhausted', reason };
  return { kind: 'retry', afterMs, reason };
}

function canRetry(attempt: Attempt): boolean {
  if (attempt.kind === 'failed') return attempt.retryable;
  return attempt.status === 408 || attempt.status === 429 || attempt.status >= 500;
}

/** A fifth less to a fifth more, so that what failed together does not come again together. */
function jittered(ms: number, random: number): number {
  return Math.round(ms * (0.8 + 0.4 * random));
}

/** What Retry-After asks for (RFC 9110 §10.2.3), seconds or a date, up to the bound; 0 without it. */
function askedWaitMs(attempt: Attempt, nowMs: number): number {
  const text = attempt.kind === 'answered' ? attempt.retryAfter?.trim() : null;
  if (!text) return 0;
  const askedMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(askedMs) ? 0 : Math.min(Math.max(askedMs, 0), MAX_RETRY_AFTER_MS);
}
