import type { TransportLimits } from './transport-limits.js';

/** What is known of a stream's life; times in ms, null: not so. */
export interface ConnectionLife {
  origin: 'accepted' | 'opened';
  /** Connected, and over TLS shaken hands. */
  isReady: boolean;
  sinceMs: number;
  /** A whole message has come. */
  hasSpoken: boolean;
  /** When anything came, keep-alives too. */
  heardMs: number;
  /** Nothing new is sent on it, since the far end may be gone. */
  isRetired: boolean;
  /** When a message came or went. */
  usedMs: number;
  /** Since when the rest of a message is awaited. */
  partialSinceMs: number | null;
  /** Since when the far end has not read what was sent. */
  stalledSinceMs: number | null;
  /** When we last showed life. */
  pingedMs: number;
  /** It answers keep-alives, so that a missing answer means something. */
  hasPonged: boolean;
}

export type ConnectionVerdict = 'keep' | 'ping' | 'connect-timeout' | 'slow' | 'stalled' | 'idle' | 'dead';

/** How long the answer to a keep-alive may take, ms (RFC 5626 §4.4.1). */
const PONG_MS = 10_000;

/** How long a late answer is waited for on a stream that is used no more, ms: longer than any transaction. */
const RETIRED_MS = 64_000;

/** What is to be done with a stream now. Pure: all of a connection's deadlines are here. */
export function judgeConnection(
  life: ConnectionLife,
  limits: TransportLimits,
  nowMs: number,
): ConnectionVerdict {
  const isPast = (sinceMs: number | null, ms: number): boolean => sinceMs !== null && nowMs - sinceMs >= ms;
  if (!life.isReady) return isPast(life.sinceMs, limits.connectMs) ? 'connect-timeout' : 'keep';
  if (isPast(life.partialSinceMs, limits.messageMs)) return 'slow';
  if (isPast(life.stalledSinceMs, limits.stallMs)) return 'stalled';
  if (life.origin === 'accepted') {
    if (!life.hasSpoken && isPast(life.sinceMs, limits.firstMessageMs)) return 'slow';
    return isPast(life.heardMs, limits.idleMs) ? 'idle' : 'keep';
  }
  if (isPast(life.usedMs, life.isRetired ? Math.min(RETIRED_MS, limits.idleMs) : limits.idleMs))
    return 'idle';
  const isUnanswered = life.pingedMs > life.heardMs;
  if (life.hasPonged && isUnanswered && isPast(life.pingedMs, PONG_MS)) return 'dead';
  return isPast(Math.max(life.usedMs, life.pingedMs), limits.keepAliveMs) ? 'ping' : 'keep';
}
