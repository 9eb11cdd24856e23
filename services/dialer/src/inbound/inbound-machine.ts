import type { Call, EndCall, EndReason, FinalStatus } from '@trunkline/contracts';
import type { CallStateName } from '../call/call-machine.js';
import type { Outcome } from '../call/outcome.js';

/**
 * Where a call that came stands. `starting` its note is being written, and nothing is told of it; `ringing` 180 was sent
 * and its markup runs; `talking` we answered; `hanging-up` all is told and only the leg is still to be brought to its end;
 * `ended`. All are states of placed calls too, so that calls are counted together.
 */
export const INBOUND_STATE_NAMES = [
  'starting',
  'ringing',
  'talking',
  'hanging-up',
  'ended',
] as const satisfies readonly CallStateName[];
export type InboundStateName = (typeof INBOUND_STATE_NAMES)[number];

/**
 * What can happen to it. `note-late`: the brokers are away, so that nobody could end the call if we died; `caller-gone`: the
 * caller hung up before the answer; `unanswered`: it rang longer than any call may; `script-failed` brings the status of the
 * server's answer when that was one.
 */
export type InboundInput =
  | { kind: 'noted' }
  | { kind: 'note-late' }
  | { kind: 'caller-gone'; q850: number | null }
  | { kind: 'unanswered' }
  | { kind: 'answer' }
  | { kind: 'leg-over'; outcome: Outcome }
  | { kind: 'script-rejected'; reason: 'busy' | 'rejected' }
  | { kind: 'script-over' }
  | { kind: 'script-failed'; httpStatus: number | null }
  | { kind: 'media-failed' }
  | { kind: 'end-requested'; status: EndCall['status'] }
  | { kind: 'drained' }
  | { kind: 'disowned' }
  | { kind: 'time-limit' };
export type InboundInputKind = InboundInput['kind'];

/** What the caller is told in place of an answer (RFC 3261 §21.4–21.6). */
export interface Refusal {
  status: number;
  reason: string;
  /** Goes into Retry-After. */
  retryAfterSeconds?: number;
}

/** What is to be done about it, in this order. `announce`: tell the call's first event. */
export type InboundEffect =
  | { do: 'announce' }
  | { do: 'publish'; event: 'in-progress' | FinalStatus; changes: Partial<Call> }
  | { do: 'ring' }
  | { do: 'run-script' }
  | { do: 'answer' }
  | { do: 'refuse'; refusal: Refusal }
  | { do: 'stop-script' }
  | { do: 'hang-up' }
  | { do: 'release' };

export interface InboundStep {
  state: InboundStateName;
  effects: InboundEffect[];
}

/** The next state of a call that came and what to do: a pure function, total over states and inputs. */
export function stepInbound(state: InboundStateName, input: InboundInput): InboundStep {
  const handle = TABLE[state][input.kind] as Handler<InboundInput>;
  return handle(input, state);
}

/** What to answer to a request to end the call; see `answerEndRequest` of placed calls. */
export function answerInboundEnd(
  state: InboundStateName,
  asked: EndCall['status'],
): 'ending' | 'in-progress' | 'not-live' {
  if (state === 'hanging-up' || state === 'ended') return 'not-live';
  return state === 'talking' && asked === 'canceled' ? 'in-progress' : 'ending';
}

type Handler<I extends InboundInput> = (input: I, state: InboundStateName) => InboundStep;
type Row = { [K in InboundInputKind]: Handler<Extract<InboundInput, { kind: K }>> };

const stay: Handler<InboundInput> = (_, state) => ({ state, effects: [] });
const release: Handler<InboundInput> = () => go('ended', { do: 'release' });

const UNAVAILABLE: Refusal = { status: 480, reason: 'Temporarily Unavailable' };
/** When another try here may go better. */
export const RETRY_AFTER_SECONDS = 10;
/** The carrier is to try another of us, and this one again soon. */
export const NOT_HERE: Refusal = {
  status: 503,
  reason: 'Service Unavailable',
  retryAfterSeconds: RETRY_AFTER_SECONDS,
};
const NO_MEDIA: Refusal = { status: 488, reason: 'Not Acceptable Here' };
const NOT_FOUND: Refusal = { status: 404, reason: 'Not Found' };
const BROKEN: Refusal = { status: 500, reason: 'Server Internal Error' };
/** RFC 3261 §21.4.24, §21.6.2. */
const REJECTIONS: Record<'busy' | 'rejected', Refusal> = {
  busy: { status: 486, reason: 'Busy Here' },
  rejected: { status: 603, reason: 'Decline' },
};

const TABLE: Record<InboundStateName, Row> = {
  starting: {
    noted: () => go('ringing', { do: 'announce' }, { do: 'ring' }, { do: 'run-script' }),
    // Nobody was told of the call, and nobody will be: as for one that finds no place here.
    'note-late': () => go('ended', { do: 'refuse', refusal: NOT_HERE }, { do: 'release' }),
    drained: () => go('ended', { do: 'refuse', refusal: NOT_HERE }, { do: 'release' }),
    'caller-gone': (input) => announced(callerGone(input)),
    unanswered: () => announced(unanswered()),
    'media-failed': () => announced(refuse(NO_MEDIA, 'failed', 'media-failed')),
    'end-requested': () => announced(refuse(UNAVAILABLE, 'canceled', 'cancel-requested')),
    'leg-over': ({ outcome }) => announced(legOver(outcome)),
    disowned: () => go('ended', { do: 'refuse', refusal: NOT_HERE }, { do: 'release' }),
    answer: stay,
    'script-rejected': stay,
    'script-over': stay,
    'script-failed': stay,
    'time-limit': stay,
  },
  ringing: {
    noted: stay,
    'note-late': stay,
    'caller-gone': callerGone,
    unanswered,
    answer: () => go('talking', { do: 'answer' }, publish('in-progress', { sipCode: 200, sipReason: 'OK' })),
    'leg-over': ({ outcome }) => legOver(outcome),
    'script-rejected': ({ reason }) => refuse(REJECTIONS[reason], 'busy', 'script-rejected'),
    // The markup answers before it ends; should it ever not, nobody talked.
    'script-over': () => refuse(UNAVAILABLE, 'no-answer', 'script-ended'),
    'script-failed': ({ httpStatus }) =>
      refuse(httpStatus === 404 ? NOT_FOUND : BROKEN, 'failed', 'script-failed'),
    'media-failed': () => refuse(NO_MEDIA, 'failed', 'media-failed'),
    'end-requested': () => refuse(UNAVAILABLE, 'canceled', 'cancel-requested'),
    drained: () => refuse(NOT_HERE, 'failed', 'drained'),
    disowned: () =>
      go('ended', { do: 'stop-script' }, { do: 'refuse', refusal: NOT_HERE }, { do: 'release' }),
    'time-limit': stay,
  },
  talking: {
    noted: stay,
    'note-late': stay,
    // A CANCEL that crosses our answer has no effect (RFC 3261 §9.2).
    'caller-gone': stay,
    unanswered: stay,
    answer: stay,
    'leg-over': ({ outcome }) => legOver(outcome),
    'script-rejected': stay,
    'script-over': () => hangUp('completed', 'script-ended'),
    'script-failed': () => hangUp('failed', 'script-failed'),
    'media-failed': () => hangUp('failed', 'media-failed'),
    'end-requested': (input, state) =>
      input.status === 'canceled' ? stay(input, state) : hangUp('completed', 'end-requested'),
    drained: () => hangUp('completed', 'drained'),
    disowned: () => go('hanging-up', { do: 'stop-script' }, { do: 'hang-up' }),
    'time-limit': () => hangUp('completed', 'time-limit'),
  },
  'hanging-up': { ...everyInput(stay), 'leg-over': release },
  ended: everyInput(stay),
};

/** The caller has not heard an answer, and does not want one any more. */
function callerGone({ q850 }: { q850: number | null }): InboundStep {
  return ended('canceled', {
    endReason: 'caller-gone',
    hangupSide: 'remote',
    sipCode: 487,
    sipReason: 'Request Terminated',
    q850Cause: q850,
  });
}

function unanswered(): InboundStep {
  const { status, reason } = UNAVAILABLE;
  return ended('no-answer', {
    endReason: 'ring-timeout',
    hangupSide: 'local',
    sipCode: status,
    sipReason: reason,
  });
}

/** The leg has ended by itself, or by the far end: the code that began the talk stays in the record. */
function legOver({ status, reason, side, q850Cause }: Outcome): InboundStep {
  return ended(status, { endReason: reason, hangupSide: side, q850Cause });
}

function refuse(refusal: Refusal, status: FinalStatus, reason: EndReason): InboundStep {
  const told = {
    endReason: reason,
    hangupSide: 'local',
    sipCode: refusal.status,
    sipReason: refusal.reason,
  } as const;
  return go('ended', { do: 'stop-script' }, { do: 'refuse', refusal }, publish(status, told), {
    do: 'release',
  });
}

/** The talk is over when we say so; see `hangUp` of placed calls. */
function hangUp(status: FinalStatus, reason: EndReason): InboundStep {
  const told = publish(status, { endReason: reason, hangupSide: 'local' });
  return go('hanging-up', { do: 'stop-script' }, { do: 'hang-up' }, told);
}

function ended(status: FinalStatus, changes: Partial<Call>): InboundStep {
  return go('ended', { do: 'stop-script' }, publish(status, changes), { do: 'release' });
}

/** A call that ends before its first event was told has both told. */
function announced({ state, effects }: InboundStep): InboundStep {
  return { state, effects: [{ do: 'announce' }, ...effects] };
}

function publish(event: 'in-progress' | FinalStatus, changes: Partial<Call>): InboundEffect {
  return { do: 'publish', event, changes };
}

function go(state: InboundStateName, ...effects: InboundEffect[]): InboundStep {
  return { state, effects };
}

function everyInput(handler: Handler<InboundInput>): Row {
  return {
    noted: handler,
    'note-late': handler,
    'caller-gone': handler,
    unanswered: handler,
    answer: handler,
    'leg-over': handler,
    'script-rejected': handler,
    'script-over': handler,
    'script-failed': handler,
    'media-failed': handler,
    'end-requested': handler,
    drained: handler,
    disowned: handler,
    'time-limit': handler,
  };
}
