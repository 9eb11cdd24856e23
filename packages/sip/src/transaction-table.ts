import type { TimerName } from './transaction-timers.js';

/** What a machine asks for; the transaction does it, in this order. */
export type TransactionEffect =
  /** The request, for the first time or again. */
  | { do: 'send' }
  /** The ACK of a final response that is no 2xx. */
  | { do: 'acknowledge' }
  /** The message at hand goes up to the user agent. */
  | { do: 'deliver' }
  /** The response at hand goes out, and is the one to repeat from now on. */
  | { do: 'answer' }
  | { do: 'answer-trying' }
  /** The last response again, if there was one. */
  | { do: 'repeat' }
  | { do: 'start'; timer: TimerName; ms: number }
  | { do: 'stop'; timer: TimerName }
  | { do: 'fail'; failure: 'timeout' | 'transport' }
  /** Forgets the transaction and its timers. */
  | { do: 'end' };

export interface TransactionState<Name extends string> {
  readonly name: Name;
  /** Of the retransmission timer that runs. */
  readonly intervalMs: number;
  /** Over a stream nothing is retransmitted or absorbed. */
  readonly reliable: boolean;
}

export interface TransactionStep<Name extends string> {
  readonly state: TransactionState<Name>;
  readonly effects: readonly TransactionEffect[];
}

/** A machine: the rows are states; an input that a row does not name changes nothing. */
export type TransactionTable<Name extends string, Input extends string> = Record<
  Name,
  Partial<Record<Input, (state: TransactionState<Name>) => TransactionStep<Name>>>
>;

/** A response as the machines tell them apart. */
export function responseInput(status: number): '1xx' | '2xx' | 'failure' {
  if (status < 200) return '1xx';
  return status < 300 ? '2xx' : 'failure';
}

/** The step for an input: pure, total. */
export function stepTable<Name extends string, Input extends string>(
  table: TransactionTable<Name, Input>,
  state: TransactionState<Name>,
  input: Input,
): TransactionStep<Name> {
  return table[state.name][input]?.(state) ?? { state, effects: [] };
}

/** Goes to another state and keeps the rest. */
export function goTo<Name extends string>(
  state: TransactionState<Name>,
  name: Name,
  ...effects: TransactionEffect[]
): TransactionStep<Name> {
  return { state: { ...state, name }, effects };
}

/** Repeats something and waits `ms` for the next time. */
export function again<Name extends string>(
  state: TransactionState<Name>,
  timer: TimerName,
  ms: number,
): TransactionStep<Name> {
  return {
    state: { ...state, intervalMs: ms },
    effects: [{ do: timer === 'G' ? 'repeat' : 'send' }, { do: 'start', timer, ms }],
  };
}
