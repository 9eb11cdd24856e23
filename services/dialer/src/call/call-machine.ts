import type { Call, EndCall, EndReason, FinalStatus } from '@trunkline/contracts';
import type { Outcome } from './outcome.js';

/**
 * Where a placed call stands. `starting` no INVITE has left yet; `dialing` one is out; `progressing` the far network works on
 * it (181, 182); `ringing` 180 or 183 came; `between-trunks` one trunk failed and the next INVITE has not left;
 * `canceling` CANCEL is on its way and the far end has the last word; `talking` answered; `hanging-up` all is told and
 * only the leg is still to be brought to its end; `ended`.
 */
export type CallState =
  | { name: Exclude<CallStateName, 'canceling'> }
  | { name: 'canceling'; ending: LocalEnding };

export const CALL_STATE_NAMES = [
  'starting',
  'dialing',
  'progressing',
  'ringing',
  'between-trunks',
  'canceling',
  'talking',
  'hanging-up',
  'ended',
] as const;
export type CallStateName = (typeof CALL_STATE_NAMES)[number];

/** An end that Trunkline brought about: what the call will be called once the leg is gone. */
export interface LocalEnding {
  status: FinalStatus;
  reason: EndReason;
}

/**
 * What can happen to a call. `time-limit`: the talk took as long as it may; `expired`: its note took so long that nobody wants it to ring any more; `disowned`: another
 * dialer has taken it over, and tells its end.
 */
export type CallInput =
  | { kind: 'sent' }
  | { kind: 'progress' }
  | { kind: 'ringing'; status: number; reason: string }
  | { kind: 'answered'; status: number; reason: string }
  | { kind: 'leg-over'; outcome: Outcome; moreTrunks: boolean }
  | { kind: 'expired' }
  | { kind: 'ring-timeout' }
  | { kind: 'cancel-overdue' }
  | { kind: 'end-requested'; status: EndCall['status'] }
  | { kind: 'drained' }
  | { kind: 'disowned' }
  | { kind: 'time-limit' }
  | { kind: 'script-over' }
  | { kind: 'script-failed' }
  | { kind: 'media-failed' };
export type CallInputKind = CallInput['kind'];

/** What is to be done about it, in this order. */
export type CallEffect =
  | { do: 'publish'; event: PublishedEvent; changes: Partial<Call> }
  | { do: 'start-ring-timer' }
  | { do: 'stop-ring-timer' }
  | { do: 'next-trunk' }
  | { do: 'cancel' }
  | { do: 'connect' }
  | { do: 'stop-script' }
  | { do: 'hang-up' }
  | { do: 'release' };
export type PublishedEvent = 'initiated' | 'ringing' | 'in-progress' | FinalStatus;

export interface Step {
  state: CallState;
  effects: CallEffect[];
}

/** The next state of a call and what to do: a pure function, total over states and inputs. */
export function stepCall(state: CallState, input: CallInput): Step {
  const handle = TABLE[state.name][input.kind] as Handler<CallInput>;
  return handle(input, state);
}

export const FIRST_STATE: CallState = { name: 'starting' };

/**
 * What to answer to a request to end a call in this state; `ending` also means that the request is to be fed in.
 * A call whose end is told already is not live any more: its record says how it ended.
 */
export function answerEndRequest(
  state: CallState,
  asked: EndCall['status'],
): 'ending' | 'in-progress' | 'not-live' {
  if (state.name === 'hanging-up' || state.name === 'ended') return 'not-live';
  return state.name === 'talking' && asked === 'canceled' ? 'in-progress' : 'ending';
}

type Handler<I extends CallInput> = (input: I, state: CallState) => Step;
type Row = { [K in CallInputKind]: Handler<Extract<CallInput, { kind: K }>> };

const stay: Handler<CallInput> = (_, state) => ({ state, effects: [] });
const release: Handler<CallInput> = () => go('ended', { do: 'release' });

/** Nothing has left for a phone: what ends the call now ends it at once. */
const unsent = {
  progress: stay,
  ringing: stay,
  answered: stay,
  expired: () => endNow('failed', 'expired'),
  'cancel-overdue': stay,
  'end-requested': () => endNow('canceled', 'cancel-requested'),
  drained: () => endNow('failed', 'drained'),
  disowned: release,
  'time-limit': stay,
  'script-over': stay,
  'script-failed': stay,
  'media-failed': () => endNow('failed', 'media-failed'),
} satisfies Partial<Row>;

/** An INVITE is out and unanswered: what ends the call now asks the far end to stop first (RFC 3261 §9.1). */
const unanswered = {
  sent: stay,
  answered: answer,
  expired: stay,
  'ring-timeout': () => cancel('no-answer', 'ring-timeout'),
  'cancel-overdue': stay,
  'end-requested': () => cancel('canceled', 'cancel-requested'),
  drained: () => cancel('failed', 'drained'),
  disowned: () => go('hanging-up', { do: 'cancel' }),
  'time-limit': stay,
  'script-over': stay,
  'script-failed': stay,
  'media-failed': () => cancel('failed', 'media-failed'),
} satisfies Partial<Row>;

const TABLE: Record<CallStateName, Row> = {
  starting: {
    ...unsent,
    sent: () => go('dialing', publish('initiated'), { do: 'start-ring-timer' }),
    'leg-over': (input) => nextTrunkOr(input, 'starting'),
    'ring-timeout': stay,
  },
  dialing: {
    ...unanswered,
    progress: () => go('progressing'),
    ringing: ring,
    'leg-over': (input) => nextTrunkOr(input, 'between-trunks'),
  },
  progressing: { ...unanswered, progress: stay, ringing: ring, 'leg-over': endAsTold },
  ringing: { ...unanswered, progress: stay, ringing: stay, 'leg-over': endAsTold },
  'between-trunks': {
    ...unsent,
    sent: () => go('dialing'),
    'leg-over': (input) => nextTrunkOr(input, 'between-trunks'),
    'ring-timeout': () => endNow('no-answer', 'ring-timeout'),
  },
  canceling: {
    sent: stay,
    progress: stay,
    ringing: stay,
    // A 200 that crosses our CANCEL is hung up on by the user agent, and comes as the end of the leg.
    answered: stay,
    'leg-over': endAsMeant,
    expired: stay,
    'cancel-overdue': tellSilence,
    'ring-timeout': stay,
    'end-requested': stay,
    drained: stay,
    disowned: () => go('hanging-up'),
    'time-limit': stay,
    'script-over': stay,
    'script-failed': stay,
    'media-failed': stay,
  },
  talking: {
    sent: stay,
    progress: stay,
    ringing: stay,
    answered: stay,
    'leg-over': ({ outcome }) =>
      go('ended', { do: 'stop-script' }, publishTalkEnd(outcome), { do: 'release' }),
    expired: stay,
    'cancel-overdue': stay,
    'ring-timeout': stay,
    'end-requested': (input, state) =>
      input.status === 'canceled' ? stay(input, state) : hangUp('completed', 'end-requested'),
    drained: () => hangUp('completed', 'drained'),
    disowned: () => go('hanging-up', { do: 'stop-script' }, { do: 'hang-up' }),
    'time-limit': () => hangUp('completed', 'time-limit'),
    'script-over': () => hangUp('completed', 'script-ended'),
    'script-failed': () => hangUp('failed', 'script-failed'),
    'media-failed': () => hangUp('failed', 'media-failed'),
  },
  'hanging-up': { ...everyInput(stay), 'leg-over': release },
  ended: everyInput(stay),
};

function ring(input: { status: number; reason: string }): Step {
  return go('ringing', publish('ringing', { sipCode: input.status, sipReason: input.reason }));
}

function answer(input: { status: number; reason: string }): Step {
  const changes = { sipCode: input.status, sipReason: input.reason };
  return go('talking', { do: 'stop-ring-timer' }, publish('in-progress', changes), { do: 'connect' });
}

/** The next trunk may still reach the phone; without one, what the last trunk said is the end. */
function nextTrunkOr(
  input: { outcome: Outcome; moreTrunks: boolean },
  waiting: 'starting' | 'between-trunks',
): Step {
  return input.outcome.failover && input.moreTrunks ? go(waiting, { do: 'next-trunk' }) : endAsTold(input);
}

/** The far end decided. */
function endAsTold({ outcome }: { outcome: Outcome }): Step {
  const { status, reason, side, sipCode, sipReason, q850Cause } = outcome;
  const changes = { endReason: reason, hangupSide: side, sipCode, sipReason, q850Cause };
  return go('ended', publish(status, changes), { do: 'release' });
}

/** We decided, and the far end's last word (487, or a 200 that came too late) is only noted. */
function endAsMeant({ outcome }: { outcome: Outcome }, state: CallState): Step {
  if (state.name !== 'canceling') return endAsTold({ outcome });
  const { sipCode, sipReason, q850Cause } = outcome;
  const { status, reason } = state.ending;
  const changes: Partial<Call> = { endReason: reason, hangupSide: 'local', sipCode, sipReason, q850Cause };
  return go('ended', publish(status, changes), { do: 'release' });
}

/**
 * The far end does not even answer our CANCEL, or has said so little that none may be sent (RFC 3261 §9.1): the call is
 * over when we say so, and the leg is brought to its end unseen. Whoever lifts the phone then is hung up on.
 */
function tellSilence(_: CallInput, state: CallState): Step {
  if (state.name !== 'canceling') return { state, effects: [] };
  const { status, reason } = state.ending;
  const nothingSaid = { sipCode: null, sipReason: null };
  return go('hanging-up', publish(status, { endReason: reason, hangupSide: 'local', ...nothingSaid }));
}

function cancel(status: FinalStatus, reason: EndReason): Step {
  const effects: CallEffect[] = [{ do: 'stop-ring-timer' }, { do: 'cancel' }];
  return { state: { name: 'canceling', ending: { status, reason } }, effects };
}

/**
 * The talk is over when we say so: the end is told at once, and not when the BYE is answered, which may take as long as
 * 32 s (RFC 3261 §17.1.2.2, timer F) that nobody talked.
 */
function hangUp(status: FinalStatus, reason: EndReason): Step {
  const told = publish(status, { endReason: reason, hangupSide: 'local' });
  return go('hanging-up', { do: 'stop-script' }, { do: 'hang-up' }, told);
}

function endNow(status: FinalStatus, reason: EndReason): Step {
  return go('ended', publish(status, { endReason: reason, hangupSide: 'local' }), { do: 'release' });
}

/** The answer's code stays in the record: a BYE has none. */
function publishTalkEnd({ status, reason, side, q850Cause }: Outcome): CallEffect {
  return publish(status, { endReason: reason, hangupSide: side, q850Cause });
}

function publish(event: PublishedEvent, changes: Partial<Call> = {}): CallEffect {
  return { do: 'publish', event, changes };
}

function go(name: Exclude<CallStateName, 'canceling'>, ...effects: CallEffect[]): Step {
  return { state: { name }, effects };
}

function everyInput(handler: Handler<CallInput>): Row {
  return {
    sent: handler,
    progress: handler,
    ringing: handler,
    answered: handler,
    'leg-over': handler,
    expired: handler,
    'ring-timeout': handler,
    'cancel-overdue': handler,
    'end-requested': handler,
    drained: handler,
    disowned: handler,
    'time-limit': handler,
    'script-over': handler,
    'script-failed': handler,
    'media-failed': handler,
  };
}
