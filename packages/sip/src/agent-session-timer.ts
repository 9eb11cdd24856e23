import { supports } from './agent-session-peer.js';
import { SipParseError } from './errors.js';
import type { SipMessage, SipRequest, SipResponse } from './message.js';
import {
  formatSessionExpires,
  parseMinSe,
  parseSessionExpires,
  type Refresher,
} from './parse-session-expires.js';

/** The shortest interval that we take (RFC 4028 §5): shorter ones are refused with 422. */
export const MIN_SESSION_SECONDS = 90;

/** What we propose unless told (RFC 4028 §4). */
export const DEFAULT_SESSION_SECONDS = 1800;

/** What both sides agreed upon: without a refresh within `seconds` the session is over. */
export interface SessionTimer {
  readonly seconds: number;
  readonly refresher: 'local' | 'remote';
}

/** The headers of a request that asks for a session timer, or keeps one (RFC 4028 §7.1, §7.4); Supported is the caller's. */
export function timerHeaders(timer: {
  seconds: number;
  /** Of a 422; what is higher than ours must be said. */
  minSeconds: number;
  /** Null leaves it to the far end: only in a first request. */
  refresher: 'local' | 'remote' | null;
}): [string, string][] {
  const refresher: Refresher | null =
    timer.refresher === null ? null : timer.refresher === 'local' ? 'uac' : 'uas';
  const seconds = Math.max(timer.seconds, timer.minSeconds);
  return [
    ['Session-Expires', formatSessionExpires({ seconds, refresher })],
    ['Min-SE', String(Math.max(timer.minSeconds, MIN_SESSION_SECONDS))],
  ];
}

/**
 * What a 2xx to a request of ours says about the timer; null: there is none, or no more (RFC 4028 §7.2). A far end that does
 * not name the refresher leaves it to us.
 */
export function timerOfResponse(response: SipResponse): SessionTimer | null {
  const said = sessionExpiresOf(response);
  if (!said || said.seconds === 0) return null;
  // One that is shorter than we may ask for would have us refresh without end.
  const seconds = Math.max(said.seconds, MIN_SESSION_SECONDS);
  return { seconds, refresher: said.refresher === 'uas' ? 'remote' : 'local' };
}

/** The Min-SE that a 422 wants; null when it says nothing of use. */
export function minSecondsOf(response: SipResponse): number | null {
  const text = response.headers.get('Min-SE');
  const seconds = text === undefined ? null : readOr(null, () => parseMinSe(text));
  return seconds === null || seconds > MAX_MIN_SE ? null : seconds;
}

/** More than a day is no session timer. */
const MAX_MIN_SE = 86_400;

/** Why a request is refused: its interval is too short, and whoever sent it understands that (RFC 4028 §9). */
export function isTooBrief(request: SipRequest): boolean {
  const asked = sessionExpiresOf(request);
  return asked !== null && asked.seconds < MIN_SESSION_SECONDS && supports(request, 'timer');
}

/** Our part of a 2xx to a request of theirs, and the timer that it begins; null: none. */
export interface TimerAnswer {
  timer: SessionTimer | null;
  headers: [string, string][];
}

/**
 * Chooses interval and refresher (RFC 4028 §9, table 2). Who asks for a timer and names no refresher refreshes.
 *
 * @param wish what we want, or what holds already; null: no timer but the one that the far end asks for
 */
export function answerTimer(request: SipRequest, wish: SessionTimer | null): TimerAnswer {
  const asked = sessionExpiresOf(request);
  if (asked === null && wish === null) return { timer: null, headers: [] };
  // Only who knows the timer names its refresher, though not every refresh says that it is supported.
  const knows = supports(request, 'timer') || (asked !== null && asked.refresher !== null);
  const seconds = chooseSeconds(request, asked?.seconds ?? null, wish?.seconds ?? null);
  const preferred: Refresher = wish?.refresher === 'local' ? 'uas' : 'uac';
  const refresher: Refresher = knows ? (asked?.refresher ?? preferred) : 'uas';
  const timer: SessionTimer = { seconds, refresher: refresher === 'uac' ? 'remote' : 'local' };
  const headers: [string, string][] = [['Session-Expires', formatSessionExpires({ seconds, refresher })]];
  if (knows) headers.push(['Require', 'timer']);
  return { timer, headers };
}

/** Lower than what was asked for when we want that, and never below what either side bears (RFC 4028 §9). */
function chooseSeconds(request: SipRequest, asked: number | null, wish: number | null): number {
  const text = request.headers.get('Min-SE');
  const theirs = text === undefined ? 0 : (readOr(0, () => parseMinSe(text)) ?? 0);
  const floor = Math.max(MIN_SESSION_SECONDS, Math.min(theirs, asked ?? theirs));
  return Math.max(floor, Math.min(asked ?? Number.MAX_SAFE_INTEGER, wish ?? Number.MAX_SAFE_INTEGER));
}

/** Null when there is none, or none that can be read: no call may fail for it. */
function sessionExpiresOf(message: SipMessage) {
  const text = message.headers.get('Session-Expires');
  return text === undefined ? null : readOr(null, () => parseSessionExpires(text));
}

function readOr<Value>(otherwise: Value | null, read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof SipParseError) return otherwise;
    throw error;
  }
}
