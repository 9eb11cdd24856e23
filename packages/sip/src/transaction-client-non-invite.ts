import {
  again,
  goTo,
  stepTable,
  type TransactionState,
  type TransactionStep,
  type TransactionTable,
} from './transaction-table.js';
import { GIVE_UP_MS, T1_MS, T2_MS, T4_MS } from './transaction-timers.js';

/** RFC 3261 §17.1.2.2 figure 6. */
export type ClientNonInviteName = 'trying' | 'proceeding' | 'completed' | 'terminated';

export type ClientNonInviteInput =
  | '1xx'
  | '2xx'
  | 'failure'
  | 'timer-E'
  | 'timer-F'
  | 'timer-K'
  | 'transport-error'
  /** It left, but then the network said that nobody is there. */
  | 'refused'
  | 'abandon';

type State = TransactionState<ClientNonInviteName>;
type Step = TransactionStep<ClientNonInviteName>;

/** The request goes out. */
export function startClientNonInvite(reliable: boolean): Step {
  const state: State = { name: 'trying', intervalMs: T1_MS, reliable };
  const giveUp = { do: 'start', timer: 'F', ms: GIVE_UP_MS } as const;
  if (reliable) return { state, effects: [{ do: 'send' }, giveUp] };
  return { state, effects: [{ do: 'send' }, { do: 'start', timer: 'E', ms: T1_MS }, giveUp] };
}

export function stepClientNonInvite(state: State, input: ClientNonInviteInput): Step {
  return stepTable(TABLE, state, input);
}

const STOP_SENDING = [
  { do: 'stop', timer: 'E' },
  { do: 'stop', timer: 'F' },
] as const;

const TABLE: TransactionTable<ClientNonInviteName, ClientNonInviteInput> = {
  trying: {
    '1xx': (state) => goTo(state, 'proceeding', { do: 'deliver' }),
    '2xx': complete,
    failure: complete,
    'timer-E': (state) => again(state, 'E', Math.min(state.intervalMs * 2, T2_MS)),
    'timer-F': timeOut,
    'transport-error': fail,
    refused: fail,
    abandon: end,
  },
  // A provisional response does not stop the retransmissions: the final one is sent only when asked for again.
  proceeding: {
    '1xx': (state) => goTo(state, 'proceeding', { do: 'deliver' }),
    '2xx': complete,
    failure: complete,
    'timer-E': (state) => again(state, 'E', T2_MS),
    'timer-F': timeOut,
    'transport-error': fail,
    refused: fail,
    abandon: end,
  },
  completed: { 'timer-K': end, abandon: end },
  terminated: {},
};

function complete(state: State): Step {
  if (state.reliable) return goTo(state, 'terminated', ...STOP_SENDING, { do: 'deliver' }, { do: 'end' });
  return goTo(state, 'completed', ...STOP_SENDING, { do: 'start', timer: 'K', ms: T4_MS }, { do: 'deliver' });
}

function fail(state: State): Step {
  return goTo(state, 'terminated', { do: 'fail', failure: 'transport' }, { do: 'end' });
}

function timeOut(state: State): Step {
  return goTo(state, 'terminated', { do: 'fail', failure: 'timeout' }, { do: 'end' });
}

function end(state: State): Step {
  return goTo(state, 'terminated', { do: 'end' });
}
