import { describe, expect, test } from 'vitest';
import { startClientInvite, stepClientInvite } from './transaction-client-invite.js';
import { startClientNonInvite, stepClientNonInvite } from './transaction-client-non-invite.js';
import { startServerInvite, stepServerInvite } from './transaction-server-invite.js';
import { startServerNonInvite, stepServerNonInvite } from './transaction-server-non-invite.js';
import type { TransactionEffect, TransactionStep } from './transaction-table.js';

/** The expected machine over UDP: an input that is not in a state's list changes nothing. */
type Expected = Record<string, Record<string, string>>;

const CLIENT_INVITE: Expected = {
  calling: {
    '1xx': 'proceeding: stop A, stop B, deliver',
    '2xx': 'accepted: stop A, stop B, start M 32000, deliver',
    failure: 'completed: stop A, stop B, start D 32000, acknowledge, deliver',
    'timer-A': 'calling: send, start A 1000',
    'timer-B': 'terminated: fail timeout, end',
    'transport-error': 'terminated: fail transport, end',
    refused: 'hushed: stop A, fail transport',
    hush: 'hushed: stop A',
    abandon: 'terminated: end',
  },
  hushed: {
    '1xx': 'proceeding: stop A, stop B, deliver',
    '2xx': 'accepted: stop A, stop B, start M 32000, deliver',
    failure: 'completed: stop A, stop B, start D 32000, acknowledge, deliver',
    'timer-B': 'terminated: end',
    abandon: 'terminated: end',
  },
  proceeding: {
    '1xx': 'proceeding: deliver',
    '2xx': 'accepted: stop A, stop B, start M 32000, deliver',
    failure: 'completed: stop A, stop B, start D 32000, acknowledge, deliver',
    abandon: 'terminated: end',
  },
  completed: {
    failure: 'completed: acknowledge',
    'timer-D': 'terminated: end',
    'transport-error': 'terminated: end',
    abandon: 'terminated: end',
  },
  accepted: { '2xx': 'accepted: deliver', 'timer-M': 'terminated: end', abandon: 'terminated: end' },
  terminated: {},
};

const CLIENT_NON_INVITE: Expected = {
  trying: {
    '1xx': 'proceeding: deliver',
    '2xx': 'completed: stop E, stop F, start K 5000, deliver',
    failure: 'completed: stop E, stop F, start K 5000, deliver',
    'timer-E': 'trying: send, start E 1000',
    'timer-F': 'terminated: fail timeout, end',
    'transport-error': 'terminated: fail transport, end',
    refused: 'terminated: fail transport, end',
    abandon: 'terminated: end',
  },
  proceeding: {
    '1xx': 'proceeding: deliver',
    '2xx': 'completed: stop E, stop F, start K 5000, deliver',
    failure: 'completed: stop E, stop F, start K 5000, deliver',
    'timer-E': 'proceeding: send, start E 4000',
    'timer-F': 'terminated: fail timeout, end',
    'transport-error': 'terminated: fail transport, end',
    refused: 'terminated: fail transport, end',
    abandon: 'terminated: end',
  },
  completed: { 'timer-K': 'terminated: end', abandon: 'terminated: end' },
  terminated: {},
};

const SERVER_INVITE: Expected = {
  proceeding: {
    request: 'proceeding: repeat',
    '1xx': 'proceeding: stop trying, answer',
    '2xx': 'accepted: stop trying, start L 32000, answer',
    failure: 'completed: stop trying, start H 32000, start G 500, answer',
    ignore: 'ignored: stop trying, start L 32000',
    'timer-trying': 'proceeding: answer-trying',
  },
  completed: {
    request: 'completed: repeat',
    ack: 'confirmed: stop G, stop H, start I 5000',
    'timer-G': 'completed: repeat, start G 1000',
    'timer-H': 'terminated: end',
    'transport-error': 'terminated: end',
  },
  confirmed: { 'timer-I': 'terminated: end' },
  accepted: {
    '2xx': 'accepted: answer',
    repeat: 'accepted: repeat',
    ack: 'accepted: deliver',
    'timer-L': 'terminated: end',
  },
  ignored: { 'timer-L': 'terminated: end' },
  terminated: {},
};

const SERVER_NON_INVITE: Expected = {
  trying: {
    '1xx': 'proceeding: answer',
    '2xx': 'completed: start J 32000, answer',
    failure: 'completed: start J 32000, answer',
    ignore: 'completed: start J 32000',
  },
  proceeding: {
    request: 'proceeding: repeat',
    '1xx': 'proceeding: answer',
    '2xx': 'completed: start J 32000, answer',
    failure: 'completed: start J 32000, answer',
    'transport-error': 'terminated: end',
  },
  completed: {
    request: 'completed: repeat',
    'timer-J': 'terminated: end',
    'transport-error': 'terminated: end',
  },
  terminated: {},
};

describe.each([
  ['client INVITE', CLIENT_INVITE, startClientInvite(false), stepClientInvite],
  ['client non-INVITE', CLIENT_NON_INVITE, startClientNonInvite(false), stepClientNonInvite],
  ['server INVITE', SERVER_INVITE, startServerInvite(false), stepServerInvite],
  ['server non-INVITE', SERVER_NON_INVITE, startServerNonInvite(false), stepServerNonInvite],
] as const)('%s', (_, expected, first, step) => {
  const inputs = [...new Set(Object.values(expected).flatMap((row) => Object.keys(row)))];
  const cells = Object.keys(expected).flatMap((name) => inputs.map((input) => [name, input] as const));

  test.each(cells)('%s, %s', (name, input) => {
    const state = { ...first.state, name };
    const result = (step as AnyStep)(state, input);
    const cell = expected[name]?.[input];
    if (cell === undefined) expect(result).toEqual({ state, effects: [] });
    else expect(show(result)).toBe(cell);
  });
});

test.each([
  [
    'client INVITE',
    startClientInvite,
    'calling: send, start A 500, start B 32000',
    'calling: send, start B 32000',
  ],
  [
    'client non-INVITE',
    startClientNonInvite,
    'trying: send, start E 500, start F 32000',
    'trying: send, start F 32000',
  ],
  [
    'server INVITE',
    startServerInvite,
    'proceeding: start trying 200, deliver',
    'proceeding: start trying 200, deliver',
  ],
  ['server non-INVITE', startServerNonInvite, 'trying: deliver', 'trying: deliver'],
] as const)('%s begins over UDP and over a stream', (_, start, udp, stream) => {
  expect(show(start(false))).toBe(udp);
  expect(show(start(true))).toBe(stream);
});

test.each([
  [
    'client INVITE',
    stepClientInvite,
    startClientInvite,
    'calling',
    'failure',
    'terminated: stop A, stop B, acknowledge, deliver, end',
  ],
  [
    'client non-INVITE',
    stepClientNonInvite,
    startClientNonInvite,
    'trying',
    '2xx',
    'terminated: stop E, stop F, deliver, end',
  ],
  [
    'server INVITE',
    stepServerInvite,
    startServerInvite,
    'proceeding',
    'failure',
    'completed: stop trying, start H 32000, answer',
  ],
  [
    'server INVITE',
    stepServerInvite,
    startServerInvite,
    'completed',
    'ack',
    'terminated: stop G, stop H, end',
  ],
  [
    'server non-INVITE',
    stepServerNonInvite,
    startServerNonInvite,
    'trying',
    '2xx',
    'terminated: answer, end',
  ],
] as const)(
  '%s keeps nothing to absorb retransmissions over a stream',
  (_, step, start, name, input, expected) => {
    expect(show((step as AnyStep)({ ...start(true).state, name }, input))).toBe(expected);
  },
);

test.each([
  ['A', stepClientInvite, startClientInvite, 'calling', [1000, 2000, 4000, 8000, 16_000]],
  ['E', stepClientNonInvite, startClientNonInvite, 'trying', [1000, 2000, 4000, 4000, 4000]],
  ['G', stepServerInvite, startServerInvite, 'completed', [1000, 2000, 4000, 4000, 4000]],
] as const)(
  'timer %s doubles, and only that of an INVITE beyond T2',
  (timer, step, start, name, expected) => {
    let state: Parameters<AnyStep>[0] = { ...start(false).state, name };
    const intervals = expected.map(() => {
      const result = (step as AnyStep)(state, `timer-${timer}`);
      state = result.state;
      return result.effects.flatMap((effect) => (effect.do === 'start' ? effect.ms : []))[0];
    });
    expect(intervals).toEqual(expected);
  },
);

type AnyStep = (
  state: { name: string; intervalMs: number; reliable: boolean },
  input: string,
) => TransactionStep<string>;

function show({ state, effects }: TransactionStep<string>): string {
  return `${state.name}: ${effects.map(showEffect).join(', ')}`;
}

function showEffect(effect: TransactionEffect): string {
  if (effect.do === 'start') return `start ${effect.timer} ${effect.ms}`;
  if (effect.do === 'stop') return `stop ${effect.timer}`;
  return effect.do === 'fail' ? `fail ${effect.failure}` : effect.do;
}
