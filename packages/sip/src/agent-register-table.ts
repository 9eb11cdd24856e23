/**
 * `asking`: a REGISTER is open. `registered`: until it is time to refresh. `waiting`: it failed, and will be tried again.
 * `leaving`: the one that un-registers is open.
 */
export type RegistrationName = 'idle' | 'asking' | 'registered' | 'waiting' | 'leaving' | 'stopped';

export interface RegistrationState {
  readonly name: RegistrationName;
  /** What is asked for: at least what the registrar has said is its least. */
  readonly expiresSeconds: number;
  /** In a row. */
  readonly failures: number;
  /** In a row: how often the registrar wanted a longer time. */
  readonly raises: number;
  /** The registrar has taken a REGISTER of ours, or may have. */
  readonly mayBeBound: boolean;
}

export type RegistrationInput =
  | { kind: 'start' }
  | { kind: 'timer' }
  | { kind: 'granted'; seconds: number }
  /** 423; `minSeconds`: its Min-Expires. */
  | { kind: 'too-brief'; minSeconds: number | null }
  /** A final response that another target or the next minute would not change. `jitter`: 0 to 1, chance. */
  | {
      kind: 'refused';
      status: number | null;
      reason: string;
      retryAfterSeconds: number | null;
      jitter: number;
    }
  /** No target could be asked or could answer. */
  | {
      kind: 'failed';
      status: number | null;
      reason: string;
      retryAfterSeconds: number | null;
      jitter: number;
    }
  | { kind: 'stop' }
  /** The REGISTER that un-registers was answered, or has waited long enough. */
  | { kind: 'left' };

export type RegistrationEffect =
  /** A REGISTER for `expiresSeconds` to the first target that takes it. */
  | { do: 'ask' }
  | { do: 'wait'; ms: number }
  | { do: 'tell-failed'; status: number | null; reason: string; retryInMs: number }
  /** Forgets the open REGISTER and the timer. */
  | { do: 'drop' }
  | { do: 'un-register' }
  | { do: 'finish' };

export interface RegistrationStep {
  readonly state: RegistrationState;
  readonly effects: readonly RegistrationEffect[];
}

/** Of what was granted: early enough for a few failures before it runs out. */
const REFRESH_SHARE = 0.85;
const BACK_OFF_MS = { least: 5000, most: 300_000 };
/** Wrong password, no such user: more often is a nuisance, and gets addresses banned. */
const REFUSED_MS = 600_000;
/** A registrar that asks for more has lost its mind. */
const MOST_RETRY_AFTER_MS = 3_600_000;
const MAX_RAISES = 2;
/** A day: a Min-Expires above it is no offer. */
const MAX_MIN_SECONDS = 86_400;

export function startRegistration(expiresSeconds: number): RegistrationState {
  return { name: 'idle', expiresSeconds, failures: 0, raises: 0, mayBeBound: false };
}

/** The life of a registration (RFC 3261 §10.2): pure, total; an input that does not fit the state changes nothing. */
export function stepRegistration(state: RegistrationState, input: RegistrationInput): RegistrationStep {
  switch (state.name) {
    case 'idle':
      return input.kind === 'start' ? ask(state) : stopOr(state, input);
    case 'registered':
    case 'waiting':
      return input.kind === 'timer' ? ask(state) : stopOr(state, input);
    case 'asking':
      return stepAsking(state, input);
    case 'leaving':
      return input.kind === 'left' ? finish(state) : stay(state);
    default:
      return stay(state);
  }
}

function stepAsking(state: RegistrationState, input: RegistrationInput): RegistrationStep {
  switch (input.kind) {
    case 'granted':
      return grant(state, input.seconds);
    case 'too-brief':
      return raise(state, input.minSeconds);
    case 'refused':
      return wait(state, input, REFUSED_MS * (0.9 + 0.2 * input.jitter));
    case 'failed':
      return wait(state, input, backOffMs(state.failures, input.jitter));
    default:
      return stopOr(state, input);
  }
}

function grant(state: RegistrationState, seconds: number): RegistrationStep {
  return {
    state: { ...state, name: 'registered', failures: 0, raises: 0, mayBeBound: true },
    effects: [{ do: 'wait', ms: Math.round(seconds * 1000 * REFRESH_SHARE) }],
  };
}

/** RFC 3261 §10.2.8. */
function raise(state: RegistrationState, minSeconds: number | null): RegistrationStep {
  const isHigher = minSeconds !== null && minSeconds > state.expiresSeconds && minSeconds <= MAX_MIN_SECONDS;
  if (isHigher && state.raises < MAX_RAISES) {
    const raised = { ...state, expiresSeconds: minSeconds, raises: state.raises + 1 };
    return { state: raised, effects: [{ do: 'ask' }] };
  }
  const failure = { status: 423, reason: 'Interval Too Brief', retryAfterSeconds: null };
  return wait(state, failure, REFUSED_MS);
}

function wait(
  state: RegistrationState,
  failure: { status: number | null; reason: string; retryAfterSeconds: number | null },
  ownMs: number,
): RegistrationStep {
  const { status, reason, retryAfterSeconds } = failure;
  const theirMs = Math.min((retryAfterSeconds ?? 0) * 1000, MOST_RETRY_AFTER_MS);
  const ms = Math.round(Math.max(ownMs, theirMs));
  return {
    state: { ...state, name: 'waiting', failures: state.failures + 1, raises: 0 },
    effects: [
      { do: 'tell-failed', status, reason, retryInMs: ms },
      { do: 'wait', ms },
    ],
  };
}

/** Half to one and a half of 5, 10, 20 … s, never below 5 s or above 5 minutes. */
function backOffMs(failures: number, jitter: number): number {
  const { least, most } = BACK_OFF_MS;
  const doubled = Math.min(most, least * 2 ** Math.min(failures, 10));
  return Math.min(most, Math.max(least, doubled * (0.5 + jitter)));
}

function ask(state: RegistrationState): RegistrationStep {
  return { state: { ...state, name: 'asking' }, effects: [{ do: 'ask' }] };
}

function stopOr(state: RegistrationState, input: RegistrationInput): RegistrationStep {
  if (input.kind !== 'stop') return stay(state);
  // One that is under way may arrive yet.
  if (state.mayBeBound || state.name === 'asking')
    return { state: { ...state, name: 'leaving' }, effects: [{ do: 'drop' }, { do: 'un-register' }] };
  return finish(state);
}

function finish(state: RegistrationState): RegistrationStep {
  return { state: { ...state, name: 'stopped' }, effects: [{ do: 'drop' }, { do: 'finish' }] };
}

function stay(state: RegistrationState): RegistrationStep {
  return { state, effects: [] };
}
