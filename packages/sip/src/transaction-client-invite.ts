import {
  again,
  goTo,
  stepTable,
  type TransactionState,
  type TransactionStep,
  type TransactionTable,
} from './transaction-table.js';
import { GIVE_UP_MS, T1_MS, TIMER_D_MS } from './transaction-timers.js';

/**
 * RFC 3261 §17.1.1.2 figure 5 with RFC 6026 §8.4: `accepted` passes every 2xx up, since each fork may send its own.
 * `hushed` is ours: given up and not sent again, while an INVITE that did arrive may still be answered.
 */
export type ClientInviteName = 'calling' | 'hushed' | 'proceeding' | 'completed' | 'accepted' | 'terminated';

export type ClientInviteInput =
  | '1xx'
  | '2xx'
  /** 300 to 699. */
  | 'failure'
  | 'timer-A'
  | 'timer-B'
  | 'timer-D'
  | 'timer-M'
  /** It never left. */
  | 'transport-error'
  /** It left, but then the network said that nobody is there: which may be wrong, or have come too late. */
  | 'refused'
  /** Not to be retransmitted any more, though a response is still welcome. */
  | 'hush'
  /** The user agent wants no more of it (RFC 3261 §9.1: no final response came after CANCEL). */
  | 'abandon';

type State = TransactionState<ClientInviteName>;
type Step = TransactionStep<ClientInviteName>;

/** The INVITE goes out. */
export function startClientInvite(reliable: boolean): Step {
  const state: State = { name: 'calling', intervalMs: T1_MS, reliable };
  const giveUp = { do: 'start', timer: 'B', ms: GIVE_UP_MS } as const;
  if (reliable) return { state, effects: [{ do: 'send' }, giveUp] };
  return { state, effects: [{ do: 'send' }, { do: 'start', timer: 'A', ms: T1_MS }, giveUp] };
}

export function stepClientInvite(state: State, input: ClientInviteInput): Step {
  return stepTable(TABLE, state, input);
}

const STOP_CALLING = [
  { do: 'stop', timer: 'A' },
  { do: 'stop', timer: 'B' },
] as const;

const TABLE: TransactionTable<ClientInviteName, ClientInviteInput> = {
  calling: {
    '1xx': (state) => goTo(state, 'proceeding', ...STOP_CALLING, { do: 'deliver' }),
    '2xx': accept,
    failure: complete,
    // Not capped at T2: an INVITE may be ringing already (RFC 3261 §17.1.1.2).
    'timer-A': (state) => again(state, 'A', state.intervalMs * 2),
    'timer-B': (state) => goTo(state, 'terminated', { do: 'fail', failure: 'timeout' }, { do: 'end' }),
    'transport-error': (state) =>
      goTo(state, 'terminated', { do: 'fail', failure: 'transport' }, { do: 'end' }),
    refused: (state) =>
      goTo(state, 'hushed', { do: 'stop', timer: 'A' }, { do: 'fail', failure: 'transport' }),
    hush: (state) => goTo(state, 'hushed', { do: 'stop', timer: 'A' }),
    abandon: end,
  },
  hushed: {
    '1xx': (state) => goTo(state, 'proceeding', ...STOP_CALLING, { do: 'deliver' }),
    '2xx': accept,
    failure: complete,
    'timer-B': end,
    abandon: end,
  },
  proceeding: {
    '1xx': (state) => goTo(state, 'proceeding', { do: 'deliver' }),
    '2xx': accept,
    failure: complete,
    abandon: end,
  },
  completed: {
    failure: (state) => goTo(state, 'completed', { do: 'acknowledge' }),
    'timer-D': end,
    'transport-error': end,
    abandon: end,
  },
  accepted: {
    '2xx': (state) => goTo(state, 'accepted', { do: 'deliver' }),
    'timer-M': end,
    abandon: end,
  },
  terminated: {},
};

function accept(state: State): Step {
  return goTo(
    state,
    'accepted',
    ...STOP_CALLING,
    { do: 'start', timer: 'M', ms: GIVE_UP_MS },
    { do: 'deliver' },
  );
}

function complete(state: State): Step {
  if (state.reliable)
    return goTo(
      state,
      'terminated',
      ...STOP_CALLING,
      { do: 'acknowledge' },
      { do: 'deliver' },
      { do: 'end' },
    );
  return goTo(
    state,
    'completed',
    ...STOP_CALLING,
    { do: 'start', timer: 'D', ms: TIMER_D_MS },
    { do: 'acknowledge' },
    { do: 'deliver' },
  );
}

function end(state: State): Step {
  return goTo(state, 'terminated', { do: 'end' });
}
