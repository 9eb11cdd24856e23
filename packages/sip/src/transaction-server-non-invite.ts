import {
  goTo,
  stepTable,
  type TransactionState,
  type TransactionStep,
  type TransactionTable,
} from './transaction-table.js';
import { GIVE_UP_MS, T1_MS } from './transaction-timers.js';

/** RFC 3261 §17.2.2 figure 8. */
export type ServerNonInviteName = 'trying' | 'proceeding' | 'completed' | 'terminated';

export type ServerNonInviteInput =
  /** The request again. */
  | 'request'
  | '1xx'
  | '2xx'
  | 'failure'
  /** Nothing is ever to be said. */
  | 'ignore'
  | 'timer-J'
  | 'transport-error';

type State = TransactionState<ServerNonInviteName>;
type Step = TransactionStep<ServerNonInviteName>;

/** A request came. */
export function startServerNonInvite(reliable: boolean): Step {
  return { state: { name: 'trying', intervalMs: T1_MS, reliable }, effects: [{ do: 'deliver' }] };
}

export function stepServerNonInvite(state: State, input: ServerNonInviteInput): Step {
  return stepTable(TABLE, state, input);
}

const TABLE: TransactionTable<ServerNonInviteName, ServerNonInviteInput> = {
  trying: {
    '1xx': (state) => goTo(state, 'proceeding', { do: 'answer' }),
    '2xx': complete,
    failure: complete,
    ignore: absorb,
  },
  proceeding: {
    request: repeat,
    '1xx': (state) => goTo(state, 'proceeding', { do: 'answer' }),
    '2xx': complete,
    failure: complete,
    'transport-error': end,
  },
  completed: { request: repeat, 'timer-J': end, 'transport-error': end },
  terminated: {},
};

function complete(state: State): Step {
  if (state.reliable) return goTo(state, 'terminated', { do: 'answer' }, { do: 'end' });
  return goTo(state, 'completed', { do: 'start', timer: 'J', ms: GIVE_UP_MS }, { do: 'answer' });
}

function absorb(state: State): Step {
  return goTo(state, 'completed', { do: 'start', timer: 'J', ms: GIVE_UP_MS });
}

function repeat(state: State): Step {
  return goTo(state, state.name, { do: 'repeat' });
}

function end(state: State): Step {
  return goTo(state, 'terminated', { do: 'end' });
}
