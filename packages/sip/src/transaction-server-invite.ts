import {
  again,
  goTo,
  stepTable,
  type TransactionState,
  type TransactionStep,
  type TransactionTable,
} from './transaction-table.js';
import { GIVE_UP_MS, T1_MS, T2_MS, T4_MS, TRYING_MS } from './transaction-timers.js';

/**
 * RFC 3261 §17.2.1 figure 7 with RFC 6026 §8.5: `accepted` absorbs retransmissions of an INVITE that a 2xx answered.
 * `ignored` is ours: nothing is ever said, and retransmissions are still absorbed.
 */
export type ServerInviteName =
  | 'proceeding'
  | 'completed'
  | 'confirmed'
  | 'accepted'
  | 'ignored'
  | 'terminated';

export type ServerInviteInput =
  /** The INVITE again. */
  | 'request'
  | 'ack'
  /** The user agent answers. */
  | '1xx'
  | '2xx'
  | 'failure'
  /** The user agent repeats its 2xx (RFC 3261 §13.3.1.4). */
  | 'repeat'
  | 'ignore'
  | 'timer-trying'
  | 'timer-G'
  | 'timer-H'
  | 'timer-I'
  | 'timer-L'
  | 'transport-error';

type State = TransactionState<ServerInviteName>;
type Step = TransactionStep<ServerInviteName>;

/** An INVITE came. */
export function startServerInvite(reliable: boolean): Step {
  const state: State = { name: 'proceeding', intervalMs: T1_MS, reliable };
  return { state, effects: [{ do: 'start', timer: 'trying', ms: TRYING_MS }, { do: 'deliver' }] };
}

export function stepServerInvite(state: State, input: ServerInviteInput): Step {
  return stepTable(TABLE, state, input);
}

const STOP_TRYING = { do: 'stop', timer: 'trying' } as const;

const TABLE: TransactionTable<ServerInviteName, ServerInviteInput> = {
  proceeding: {
    request: repeat,
    '1xx': (state) => goTo(state, 'proceeding', STOP_TRYING, { do: 'answer' }),
    '2xx': (state) =>
      goTo(state, 'accepted', STOP_TRYING, { do: 'start', timer: 'L', ms: GIVE_UP_MS }, { do: 'answer' }),
    failure: complete,
    ignore: (state) => goTo(state, 'ignored', STOP_TRYING, { do: 'start', timer: 'L', ms: GIVE_UP_MS }),
    'timer-trying': (state) => goTo(state, 'proceeding', { do: 'answer-trying' }),
  },
  completed: {
    request: repeat,
    ack: confirm,
    'timer-G': (state) => again(state, 'G', Math.min(state.intervalMs * 2, T2_MS)),
    // Nobody above is told: the call was over when it was refused.
    'timer-H': end,
    'transport-error': end,
  },
  confirmed: { 'timer-I': end },
  accepted: {
    '2xx': (state) => goTo(state, 'accepted', { do: 'answer' }),
    repeat,
    ack: (state) => goTo(state, 'accepted', { do: 'deliver' }),
    'timer-L': end,
  },
  ignored: { 'timer-L': end },
  terminated: {},
};

function complete(state: State): Step {
  const giveUp = { do: 'start', timer: 'H', ms: GIVE_UP_MS } as const;
  if (state.reliable) return goTo(state, 'completed', STOP_TRYING, giveUp, { do: 'answer' });
  const retransmit = { do: 'start', timer: 'G', ms: T1_MS } as const;
  return goTo(state, 'completed', STOP_TRYING, giveUp, retransmit, { do: 'answer' });
}

function confirm(state: State): Step {
  const stop = [
    { do: 'stop', timer: 'G' },
    { do: 'stop', timer: 'H' },
  ] as const;
  if (state.reliable) return goTo(state, 'terminated', ...stop, { do: 'end' });
  return goTo(state, 'confirmed', ...stop, { do: 'start', timer: 'I', ms: T4_MS });
}

function repeat(state: State): Step {
  return goTo(state, state.name, { do: 'repeat' });
}

function end(state: State): Step {
  return goTo(state, 'terminated', { do: 'end' });
}
