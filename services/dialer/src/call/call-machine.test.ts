import { expect, test } from 'vitest';
import {
  answerEndRequest,
  CALL_STATE_NAMES,
  type CallEffect,
  type CallInput,
  type CallState,
  type CallStateName,
  FIRST_STATE,
  stepCall,
} from './call-machine.js';
import { outcomeOf } from './outcome.js';

const busy = outcomeOf({
  kind: 'rejected',
  status: 486,
  reason: 'Busy Here',
  q850: 17,
  retryAfterSeconds: null,
  contacts: [],
});
const congested = outcomeOf({
  kind: 'rejected',
  status: 503,
  reason: 'Service Unavailable',
  q850: null,
  retryAfterSeconds: null,
  contacts: [],
});
const canceled = outcomeOf({
  kind: 'canceled',
  status: 487,
  reason: 'Request Terminated',
  lateAnswer: false,
});
const bye = outcomeOf({ kind: 'bye', side: 'remote', q850: 16, status: null });

const INPUTS = {
  sent: { kind: 'sent' },
  progress: { kind: 'progress' },
  ringing: { kind: 'ringing', status: 180, reason: 'Ringing' },
  answered: { kind: 'answered', status: 200, reason: 'OK' },
  'busy, more trunks': { kind: 'leg-over', outcome: busy, moreTrunks: true },
  '503, more trunks': { kind: 'leg-over', outcome: congested, moreTrunks: true },
  '503, last trunk': { kind: 'leg-over', outcome: congested, moreTrunks: false },
  '487': { kind: 'leg-over', outcome: canceled, moreTrunks: true },
  bye: { kind: 'leg-over', outcome: bye, moreTrunks: false },
  expired: { kind: 'expired' },
  'ring-timeout': { kind: 'ring-timeout' },
  'cancel overdue': { kind: 'cancel-overdue' },
  'asked to cancel': { kind: 'end-requested', status: 'canceled' },
  'asked to complete': { kind: 'end-requested', status: 'completed' },
  drained: { kind: 'drained' },
  disowned: { kind: 'disowned' },
  'time-limit': { kind: 'time-limit' },
  'script-over': { kind: 'script-over' },
  'script-failed': { kind: 'script-failed' },
  'media-failed': { kind: 'media-failed' },
} satisfies Record<string, CallInput>;
type InputName = keyof typeof INPUTS;

const STATES: Record<CallStateName, CallState> = {
  starting: { name: 'starting' },
  dialing: { name: 'dialing' },
  progressing: { name: 'progressing' },
  ringing: { name: 'ringing' },
  'between-trunks': { name: 'between-trunks' },
  canceling: { name: 'canceling', ending: { status: 'no-answer', reason: 'ring-timeout' } },
  talking: { name: 'talking' },
  'hanging-up': { name: 'hanging-up' },
  ended: { name: 'ended' },
};

const RING = 'ringing: publish ringing(sip 180)';
const ANSWER = 'talking: stop-ring-timer, publish in-progress(sip 200), connect';
const CANCEL_TIMEOUT = 'canceling no-answer/ring-timeout: stop-ring-timer, cancel';
const CANCEL_ASKED = 'canceling canceled/cancel-requested: stop-ring-timer, cancel';
const CANCEL_DRAINED = 'canceling failed/drained: stop-ring-timer, cancel';
const CANCEL_NO_MEDIA = 'canceling failed/media-failed: stop-ring-timer, cancel';
const END_CANCELED = 'ended: publish canceled(cancel-requested local), release';
const END_DRAINED = 'ended: publish failed(drained local), release';
const END_EXPIRED = 'ended: publish failed(expired local), release';
const END_NO_MEDIA = 'ended: publish failed(media-failed local), release';
const BUSY = 'ended: publish busy(busy remote sip 486 q850 17), release';
const CONGESTED = 'ended: publish failed(trunk-failed remote sip 503), release';
const GAVE_UP = 'ended: publish no-answer(unavailable remote sip 487), release';
const BYE = 'ended: publish completed(hangup remote q850 16), release';
const meant = (sip: string) => `ended: publish no-answer(ring-timeout local${sip}), release`;
const talked = (end: string) => `ended: stop-script, publish ${end}, release`;
const hangUp = (end: string) => `hanging-up: stop-script, hang-up, publish ${end}`;

const BEFORE_INVITE = {
  'busy, more trunks': BUSY,
  '503, last trunk': CONGESTED,
  '487': GAVE_UP,
  bye: BYE,
  expired: END_EXPIRED,
  'asked to cancel': END_CANCELED,
  'asked to complete': END_CANCELED,
  drained: END_DRAINED,
  disowned: 'ended: release',
  'media-failed': END_NO_MEDIA,
};

const UNANSWERED = {
  answered: ANSWER,
  'busy, more trunks': BUSY,
  '503, more trunks': CONGESTED,
  '503, last trunk': CONGESTED,
  '487': GAVE_UP,
  bye: BYE,
  'ring-timeout': CANCEL_TIMEOUT,
  'asked to cancel': CANCEL_ASKED,
  'asked to complete': CANCEL_ASKED,
  drained: CANCEL_DRAINED,
  disowned: 'hanging-up: cancel',
  'media-failed': CANCEL_NO_MEDIA,
};

/** The whole machine: an input that is not in a state's list leaves the call as it is. */
const EXPECTED: Record<CallStateName, Partial<Record<InputName, string>>> = {
  starting: {
    ...BEFORE_INVITE,
    sent: 'dialing: publish initiated(), start-ring-timer',
    '503, more trunks': 'starting: next-trunk',
  },
  dialing: {
    ...UNANSWERED,
    progress: 'progressing:',
    ringing: RING,
    '503, more trunks': 'between-trunks: next-trunk',
  },
  progressing: { ...UNANSWERED, ringing: RING },
  ringing: UNANSWERED,
  'between-trunks': {
    ...BEFORE_INVITE,
    sent: 'dialing:',
    '503, more trunks': 'between-trunks: next-trunk',
    'ring-timeout': 'ended: publish no-answer(ring-timeout local), release',
  },
  canceling: {
    'busy, more trunks': meant(' sip 486 q850 17'),
    '503, more trunks': meant(' sip 503'),
    '503, last trunk': meant(' sip 503'),
    '487': meant(' sip 487'),
    bye: meant(' q850 16'),
    'cancel overdue': 'hanging-up: publish no-answer(ring-timeout local)',
    disowned: 'hanging-up:',
  },
  talking: {
    'busy, more trunks': talked('busy(busy remote q850 17)'),
    '503, more trunks': talked('failed(trunk-failed remote)'),
    '503, last trunk': talked('failed(trunk-failed remote)'),
    '487': talked('no-answer(unavailable remote)'),
    bye: talked('completed(hangup remote q850 16)'),
    'asked to complete': hangUp('completed(end-requested local)'),
    drained: hangUp('completed(drained local)'),
    disowned: 'hanging-up: stop-script, hang-up',
    'time-limit': hangUp('completed(time-limit local)'),
    'script-over': hangUp('completed(script-ended local)'),
    'script-failed': hangUp('failed(script-failed local)'),
    'media-failed': hangUp('failed(media-failed local)'),
  },
  'hanging-up': {
    'busy, more trunks': 'ended: release',
    '503, more trunks': 'ended: release',
    '503, last trunk': 'ended: release',
    '487': 'ended: release',
    bye: 'ended: release',
  },
  ended: {},
};

const CELLS = CALL_STATE_NAMES.flatMap((state) =>
  (Object.keys(INPUTS) as InputName[]).map(
    (input) => [state, input, EXPECTED[state][input] ?? null] as const,
  ),
);

test.each(CELLS)('%s, %s → %s', (name, input, expected) => {
  const state = STATES[name];
  const step = stepCall(state, INPUTS[input]);
  if (expected === null) expect(step).toEqual({ state, effects: [] });
  else expect(show(step.state, step.effects)).toBe(expected);
});

test('a call begins before its first INVITE', () => {
  expect(FIRST_STATE).toEqual({ name: 'starting' });
});

test.each([
  ['starting', 'ending', 'ending'],
  ['dialing', 'ending', 'ending'],
  ['progressing', 'ending', 'ending'],
  ['ringing', 'ending', 'ending'],
  ['between-trunks', 'ending', 'ending'],
  ['canceling', 'ending', 'ending'],
  ['talking', 'in-progress', 'ending'],
  ['hanging-up', 'not-live', 'not-live'],
  ['ended', 'not-live', 'not-live'],
] as const)('%s: asked to cancel it is %s, asked to complete it is %s', (name, cancel, complete) => {
  expect(answerEndRequest(STATES[name], 'canceled')).toBe(cancel);
  expect(answerEndRequest(STATES[name], 'completed')).toBe(complete);
});

test('whatever happens, in any order, exactly one end is published, nothing after it, and one release at most', () => {
  const inputs = Object.values(INPUTS);
  let seed = 7;
  const next = (bound: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % bound;
  };
  for (let run = 0; run < 3000; run++) {
    const effects: CallEffect[] = [];
    let state = FIRST_STATE;
    for (let turn = 0; turn < 60 && state.name !== 'ended'; turn++) {
      const input = inputs[next(inputs.length)] as CallInput;
      if (input.kind === 'disowned') continue;
      const step = stepCall(state, input);
      state = step.state;
      effects.push(...step.effects);
    }
    expect(state.name).toBe('ended');
    const published = effects.flatMap((effect) => (effect.do === 'publish' ? [effect.event] : []));
    const finals = published.filter((event) => !['initiated', 'ringing', 'in-progress'].includes(event));
    expect(finals).toHaveLength(1);
    expect(published.at(-1)).toBe(finals[0]);
    expect(effects.filter((effect) => effect.do === 'release')).toHaveLength(1);
  }
});

function show(state: CallState, effects: CallEffect[]): string {
  const name =
    state.name === 'canceling' ? `canceling ${state.ending.status}/${state.ending.reason}` : state.name;
  return `${name}: ${effects.map(showEffect).join(', ')}`.trim();
}

function showEffect(effect: CallEffect): string {
  if (effect.do !== 'publish') return effect.do;
  const { endReason, hangupSide, sipCode, q850Cause } = effect.changes;
  const words = [endReason, hangupSide, sipCode && `sip ${sipCode}`, q850Cause && `q850 ${q850Cause}`];
  return `publish ${effect.event}(${words.filter(Boolean).join(' ')})`;
}
