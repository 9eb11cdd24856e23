/**
 * Whether a trunk that fails is given more calls. `closed` all are; `open` none until `untilMs`; `half-open` one, and what
 * becomes of it decides.
 */
export type BreakerState =
  | { name: 'closed'; failedAtMs: readonly number[] }
  | { name: 'open'; untilMs: number; openings: number; trouble: Trouble }
  | { name: 'half-open'; probeUntilMs: number | null; openings: number; trouble: Trouble };

/** What the last failure was. */
export interface Trouble {
  /** For operators: `503 Service Unavailable`. */
  why: string;
  /** It said nothing at all: then a sign of life mends it, while an answer to OPTIONS says nothing of a 503. */
  isSilence: boolean;
}

/**
 * What can happen to it. `time`: some went by; `taken`: a call was given to the trunk; `withdrawn`: that call was taken back
 * before the trunk had said anything; `alive`: it answered OPTIONS.
 */
export type BreakerInput =
  | { kind: 'failed'; trouble: Trouble }
  | { kind: 'succeeded' }
  | { kind: 'taken' }
  | { kind: 'withdrawn' }
  | { kind: 'alive' }
  | { kind: 'time' };

export const CLOSED: BreakerState = { name: 'closed', failedAtMs: [] };

/** So many failures in a row, none of them older than the window, open it. */
export const FAILURES_TO_OPEN = 5;
export const WINDOW_MS = 30_000;
/** Each opening that follows on another lasts twice as long. */
export const FIRST_OPEN_MS = 10_000;
export const LONGEST_OPEN_MS = 300_000;
/** A call that says nothing of itself for so long is not waited for any more: longer than timer B (RFC 3261 §17.1.1.2). */
export const PROBE_MS = 40_000;

/** The next state: a pure function, total over states and inputs. */
export function stepBreaker(state: BreakerState, input: BreakerInput, nowMs: number): BreakerState {
  const row = TABLE[state.name] as Row<BreakerState>;
  return (row[input.kind] as Handler<BreakerState, BreakerInput>)(state, input, nowMs);
}

type Handler<S, I> = (state: S, input: I, nowMs: number) => BreakerState;
type Row<S> = { [K in BreakerInput['kind']]: Handler<S, Extract<BreakerInput, { kind: K }>> };
type StateOf<N extends BreakerState['name']> = Extract<BreakerState, { name: N }>;

const stay = (state: BreakerState): BreakerState => state;
const close = (): BreakerState => CLOSED;

const TABLE: { [N in BreakerState['name']]: Row<StateOf<N>> } = {
  closed: {
    failed: (state, { trouble }, nowMs) => {
      const failedAtMs = [...state.failedAtMs.filter((atMs) => nowMs - atMs < WINDOW_MS), nowMs];
      return failedAtMs.length < FAILURES_TO_OPEN
        ? { name: 'closed', failedAtMs }
        : open({ openings: 0, trouble }, nowMs);
    },
    succeeded: close,
    taken: stay,
    withdrawn: stay,
    alive: stay,
    time: stay,
  },
  open: {
    // These calls were given to it before.
    failed: stay,
    succeeded: stay,
    taken: stay,
    withdrawn: stay,
    alive: stay,
    time: (state, _, nowMs) =>
      nowMs < state.untilMs
        ? state
        : { name: 'half-open', probeUntilMs: null, openings: state.openings, trouble: state.trouble },
  },
  'half-open': {
    failed: ({ openings }, { trouble }, nowMs) => open({ openings, trouble }, nowMs),
    succeeded: close,
    taken: (state, _, nowMs) => ({ ...state, probeUntilMs: nowMs + PROBE_MS }),
    withdrawn: (state) => ({ ...state, probeUntilMs: null }),
    alive: (state) => (state.trouble.isSilence ? CLOSED : state),
    time: (state, _, nowMs) =>
      state.probeUntilMs === null || nowMs < state.probeUntilMs ? state : { ...state, probeUntilMs: null },
  },
};

function open({ openings, trouble }: { openings: number; trouble: Trouble }, nowMs: number): BreakerState {
  const ms = Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** openings);
  return { name: 'open', untilMs: nowMs + ms, openings: openings + 1, trouble };
}
