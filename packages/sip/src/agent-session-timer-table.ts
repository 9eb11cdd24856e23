import type { SessionTimer } from './agent-session-timer.js';

/** `refreshing`: a request of ours is to renew the session. */
export type TimerName = 'off' | 'running' | 'refreshing' | 'expired';

export interface TimerState {
  readonly name: TimerName;
  readonly timer: SessionTimer | null;
}

export type TimerInput =
  /** It was agreed upon or renewed, by whichever side; null: turned off. */
  | { kind: 'agreed'; timer: SessionTimer | null }
  | { kind: 'refresh-due' }
  /** Our refresh was refused, which is no reason to hang up: it is tried again while there is time (RFC 4028 §10). */
  | { kind: 'refresh-failed' }
  | { kind: 'expiry-due' }
  | { kind: 'stop' };

export type TimerEffect =
  | { do: 'set-refresh'; ms: number }
  | { do: 'set-expiry'; ms: number }
  | { do: 'clear' }
  | { do: 'refresh' }
  /** BYE: nobody has renewed it. */
  | { do: 'expire' };

export interface TimerStep {
  readonly state: TimerState;
  readonly effects: readonly TimerEffect[];
}

export const TIMER_OFF: TimerState = { name: 'off', timer: null };

/** A refresh that was refused is tried again after this. */
const RETRY_REFRESH_MS = 10_000;

/** The next state: pure, total (RFC 4028 §7.2, §10). */
export function stepTimer(state: TimerState, input: TimerInput): TimerStep {
  if (state.name === 'expired') return { state, effects: [] };
  switch (input.kind) {
    case 'agreed':
      return begin(input.timer);
    case 'refresh-due':
      return state.name === 'running'
        ? { state: { ...state, name: 'refreshing' }, effects: [{ do: 'refresh' }] }
        : { state, effects: [] };
    case 'refresh-failed':
      return state.name === 'refreshing'
        ? { state: { ...state, name: 'running' }, effects: [{ do: 'set-refresh', ms: RETRY_REFRESH_MS }] }
        : { state, effects: [] };
    case 'expiry-due':
      return state.name === 'off'
        ? { state, effects: [] }
        : { state: { ...state, name: 'expired' }, effects: [{ do: 'clear' }, { do: 'expire' }] };
    case 'stop':
      return { state: TIMER_OFF, effects: [{ do: 'clear' }] };
  }
}

function begin(timer: SessionTimer | null): TimerStep {
  if (!timer) return { state: TIMER_OFF, effects: [{ do: 'clear' }] };
  const effects: TimerEffect[] = [{ do: 'clear' }];
  if (timer.refresher === 'local')
    effects.push({ do: 'set-refresh', ms: bounded((timer.seconds * 1000) / 2) });
  return {
    state: { name: 'running', timer },
    effects: [...effects, { do: 'set-expiry', ms: expiryMs(timer.seconds) }],
  };
}

/** A little before the end, so that the BYE is there in time (RFC 4028 §10). */
function expiryMs(seconds: number): number {
  return bounded((seconds - Math.min(32, seconds / 3)) * 1000);
}

/** Some three weeks: a longer one would overflow the timers of the process, and fire at once. */
const MAX_MS = 2_000_000_000;

function bounded(ms: number): number {
  return Math.min(ms, MAX_MS);
}
