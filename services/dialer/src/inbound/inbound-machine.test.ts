import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../call/outcome.js';
import {
  answerInboundEnd,
  INBOUND_STATE_NAMES,
  type InboundInput,
  type InboundStateName,
  stepInbound,
} from './inbound-machine.js';

const bye = outcomeOf({ kind: 'bye', side: 'remote', q850: 16, status: null });
const lost = outcomeOf({ kind: 'dialog-lost' });

const INPUTS: InboundInput[] = [
  { kind: 'noted' },
  { kind: 'note-late' },
  { kind: 'caller-gone', q850: null },
  { kind: 'unanswered' },
  { kind: 'answer' },
  { kind: 'leg-over', outcome: bye },
  { kind: 'script-rejected', reason: 'busy' },
  { kind: 'script-over' },
  { kind: 'script-failed', httpStatus: null },
  { kind: 'media-failed' },
  { kind: 'end-requested', status: 'completed' },
  { kind: 'drained' },
  { kind: 'disowned' },
  { kind: 'time-limit' },
];

/** A step in short: `do`s, with what is told or refused. */
function run(state: InboundStateName, input: InboundInput): string {
  const step = stepInbound(state, input);
  const effects = step.effects.map((effect) => {
    if (effect.do === 'publish') return `${effect.event} (${effect.changes.endReason ?? ''})`;
    return effect.do === 'refuse' ? `refuse ${effect.refusal.status}` : effect.do;
  });
  return [...effects, `→ ${step.state}`].join(', ');
}

describe('before anything is told', () => {
  test.each<[InboundInput, string]>([
    [{ kind: 'noted' }, 'announce, ring, run-script, → ringing'],
    [{ kind: 'note-late' }, 'refuse 503, release, → ended'],
    [{ kind: 'drained' }, 'refuse 503, release, → ended'],
    [{ kind: 'caller-gone', q850: null }, 'announce, stop-script, canceled (caller-gone), release, → ended'],
    [{ kind: 'media-failed' }, 'announce, stop-script, refuse 488, failed (media-failed), release, → ended'],
    [
      { kind: 'end-requested', status: 'canceled' },
      'announce, stop-script, refuse 480, canceled (cancel-requested), release, → ended',
    ],
  ])('%o', (input, steps) => expect(run('starting', input)).toBe(steps));
});

describe('while it rings', () => {
  test.each<[InboundInput, string]>([
    [{ kind: 'answer' }, 'answer, in-progress (), → talking'],
    [{ kind: 'caller-gone', q850: 16 }, 'stop-script, canceled (caller-gone), release, → ended'],
    [{ kind: 'unanswered' }, 'stop-script, no-answer (ring-timeout), release, → ended'],
    [
      { kind: 'script-rejected', reason: 'busy' },
      'stop-script, refuse 486, busy (script-rejected), release, → ended',
    ],
    [
      { kind: 'script-rejected', reason: 'rejected' },
      'stop-script, refuse 603, busy (script-rejected), release, → ended',
    ],
    [
      { kind: 'script-failed', httpStatus: null },
      'stop-script, refuse 500, failed (script-failed), release, → ended',
    ],
    [
      { kind: 'script-failed', httpStatus: 404 },
      'stop-script, refuse 404, failed (script-failed), release, → ended',
    ],
    [{ kind: 'media-failed' }, 'stop-script, refuse 488, failed (media-failed), release, → ended'],
    [
      { kind: 'end-requested', status: 'completed' },
      'stop-script, refuse 480, canceled (cancel-requested), release, → ended',
    ],
    [{ kind: 'drained' }, 'stop-script, refuse 503, failed (drained), release, → ended'],
    [{ kind: 'disowned' }, 'stop-script, refuse 503, release, → ended'],
  ])('%o', (input, steps) => expect(run('ringing', input)).toBe(steps));

  test('the caller who goes is the reason, and the record has its code', () => {
    const { effects } = stepInbound('ringing', { kind: 'caller-gone', q850: 16 });
    expect(effects).toContainEqual({
      do: 'publish',
      event: 'canceled',
      changes: {
        endReason: 'caller-gone',
        hangupSide: 'remote',
        sipCode: 487,
        sipReason: 'Request Terminated',
        q850Cause: 16,
      },
    });
  });
});

describe('while they talk', () => {
  test.each<[InboundInput, string]>([
    [{ kind: 'leg-over', outcome: bye }, 'stop-script, completed (hangup), release, → ended'],
    [{ kind: 'leg-over', outcome: lost }, 'stop-script, failed (connection-lost), release, → ended'],
    [{ kind: 'script-over' }, 'stop-script, hang-up, completed (script-ended), → hanging-up'],
    [
      { kind: 'script-failed', httpStatus: 404 },
      'stop-script, hang-up, failed (script-failed), → hanging-up',
    ],
    [{ kind: 'end-requested', status: 'canceled' }, '→ talking'],
    [
      { kind: 'end-requested', status: 'completed' },
      'stop-script, hang-up, completed (end-requested), → hanging-up',
    ],
    [{ kind: 'drained' }, 'stop-script, hang-up, completed (drained), → hanging-up'],
    [{ kind: 'time-limit' }, 'stop-script, hang-up, completed (time-limit), → hanging-up'],
    [{ kind: 'disowned' }, 'stop-script, hang-up, → hanging-up'],
    [{ kind: 'caller-gone', q850: null }, '→ talking'],
  ])('%o', (input, steps) => expect(run('talking', input)).toBe(steps));

  test('how long the talk was answered with stays in the record of a BYE', () => {
    const { effects } = stepInbound('talking', { kind: 'leg-over', outcome: bye });
    expect(effects[1]).toEqual({
      do: 'publish',
      event: 'completed',
      changes: { endReason: 'hangup', hangupSide: 'remote', q850Cause: 16 },
    });
  });
});

test('a call that is hung up on waits for its leg alone, and one that is over for nothing', () => {
  const after = (state: InboundStateName) => INPUTS.map((input) => run(state, input));
  expect(after('ended')).toEqual(INPUTS.map(() => '→ ended'));
  expect(after('hanging-up').filter((steps) => steps !== '→ hanging-up')).toEqual(['release, → ended']);
});

test('whatever happens in whatever order, each call has one end and is released once', () => {
  for (const first of INPUTS)
    for (const second of INPUTS)
      for (const third of INPUTS) {
        const states: InboundStateName[] = ['starting'];
        const done: string[] = [];
        for (const input of [first, second, third, { kind: 'drained' }, { kind: 'leg-over', outcome: bye }]) {
          const step = stepInbound(states.at(-1) ?? 'ended', input as InboundInput);
          states.push(step.state);
          for (const effect of step.effects)
            done.push(effect.do === 'publish' && effect.event !== 'in-progress' ? 'end' : effect.do);
        }
        expect(states.at(-1)).toBe('ended');
        expect(done.filter((what) => what === 'release')).toHaveLength(1);
        expect(done.filter((what) => what === 'end').length).toBeLessThanOrEqual(1);
        if (done.includes('announce') && ![first, second, third].some(({ kind }) => kind === 'disowned'))
          expect(done).toContain('end');
      }
});

test('a request to end it is answered by where it stands', () => {
  const answers = (asked: 'canceled' | 'completed') =>
    INBOUND_STATE_NAMES.map((state) => answerInboundEnd(state, asked));
  expect(answers('canceled')).toEqual(['ending', 'ending', 'in-progress', 'not-live', 'not-live']);
  expect(answers('completed')).toEqual(['ending', 'ending', 'ending', 'not-live', 'not-live']);
});
