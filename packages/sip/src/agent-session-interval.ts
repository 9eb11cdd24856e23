import {
  DEFAULT_SESSION_SECONDS,
  MIN_SESSION_SECONDS,
  minSecondsOf,
  timerHeaders,
} from './agent-session-timer.js';
import type { SipResponse } from './message.js';

/** Each element on the way may want a longer interval than the one before it (RFC 4028 §6). */
const MAX_RAISES = 3;

/** The interval of the session timer that the INVITEs of one call ask for (RFC 4028 §7.1). */
export class SessionInterval {
  minSeconds = MIN_SESSION_SECONDS;
  private raises = 0;
  private readonly seconds: number | null;

  /** @param seconds null: no timer is wanted */
  constructor(seconds: number | null | undefined) {
    this.seconds = seconds === undefined ? DEFAULT_SESSION_SECONDS : seconds;
  }

  get isWanted(): boolean {
    return this.seconds !== null;
  }

  headers(): [string, string][] {
    const { seconds, minSeconds } = this;
    return seconds === null ? [] : timerHeaders({ seconds, minSeconds, refresher: null });
  }

  /** Takes a 422 (RFC 4028 §7.4). False when another INVITE cannot help: it wants no more than it was given, or too much. */
  raise(response: SipResponse): boolean {
    const wanted = minSecondsOf(response);
    if (this.seconds === null || wanted === null || this.raises >= MAX_RAISES) return false;
    if (wanted <= Math.max(this.seconds, this.minSeconds)) return false;
    this.raises += 1;
    this.minSeconds = wanted;
    return true;
  }
}
