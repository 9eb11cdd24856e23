import type { Trunk } from '@trunkline/contracts';
import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { trunkOf } from '../testing/trunk-bench.js';
import { FAILURES_TO_OPEN } from './breaker.js';
import { createTrunkStates, LONGEST_PAUSE_MS } from './trunk-states.js';

const NOON = Date.parse('2026-11-24T12:00:00.000Z');

function watch() {
  const clock = createVirtualClock();
  const changes: string[] = [];
  const states = createTrunkStates({
    clock,
    now: () => new Date(NOON + clock.nowMs()),
    onChange: (trunk, state, why) => changes.push(`${trunk.name} ${state}: ${why}`),
  });
  const fail = (trunk: Trunk, retryAfterSeconds: number | null = null) => {
    const trouble = { why: '503 Service Unavailable', isSilence: false };
    states.tell(trunk, { kind: 'failed', trouble, retryAfterSeconds });
  };
  return { clock, states, changes, fail };
}

test('a trunk is unknown until it was asked, and nothing stands against it', () => {
  const { states } = watch();
  const trunk = trunkOf();
  expect(states.healthOf(trunk)).toEqual({ state: 'unknown', reason: null });
  expect(states.obstacleOf(trunk)).toBeNull();
  states.asked(trunk, { alive: true });
  expect(states.healthOf(trunk)).toEqual({ state: 'up', reason: null });
  expect(states.obstacleOf({ ...trunk, enabled: false })).toBe('is switched off');
});

test('two silences put it down, with the time of the first, and an answer brings it up', () => {
  const { clock, states, changes } = watch();
  const trunk = trunkOf();
  clock.advance(3_000);
  states.asked(trunk, { alive: false, reason: 'no response' });
  expect(states.obstacleOf(trunk)).toBeNull();
  clock.advance(60_000);
  states.asked(trunk, { alive: false, reason: 'no response' });
  const why = 'is down: no answer to OPTIONS since 12:00:03Z (no response)';
  expect(states.obstacleOf(trunk)).toBe(why);
  expect(states.healthOf(trunk)).toEqual({ state: 'down', reason: why });
  states.asked(trunk, { alive: true });
  expect(states.obstacleOf(trunk)).toBeNull();
  expect(changes).toEqual([`Carrier A down: ${why}`, 'Carrier A up: it answers']);
});

test('a trunk that is asked no more is not held to its silence', () => {
  const { states } = watch();
  const trunk = trunkOf();
  for (let n = 0; n < 2; n += 1) states.asked(trunk, { alive: false, reason: 'no response' });
  expect(states.obstacleOf({ ...trunk, optionsIntervalSeconds: 0 })).toBeNull();
});

test('a 503 with Retry-After suspends it for so long, at most ten minutes', () => {
  const { clock, states, fail } = watch();
  const [brief, long] = [trunkOf({ name: 'brief' }), trunkOf({ name: 'long' })];
  fail(brief, 30);
  fail(long, 86_400);
  expect(states.obstacleOf(brief)).toBe('asked for a pause until 12:00:30Z');
  expect(states.healthOf(long)).toEqual({
    state: 'suspended',
    reason: 'asked for a pause until 12:10:00Z',
  });
  clock.advance(30_000);
  expect(states.obstacleOf(brief)).toBeNull();
  clock.advance(LONGEST_PAUSE_MS - 30_001);
  expect(states.obstacleOf(long)).not.toBeNull();
  clock.advance(1);
  expect(states.obstacleOf(long)).toBeNull();
});

test('a shorter pause that is asked for later does not end a longer one', () => {
  const { states, fail } = watch();
  const trunk = trunkOf();
  fail(trunk, 60);
  fail(trunk, 1);
  fail(trunk, 0);
  expect(states.obstacleOf(trunk)).toBe('asked for a pause until 12:01:00Z');
});

test('one that fails again and again rests, is tried out by one call, and takes calls again when that succeeds', () => {
  const { clock, states, changes, fail } = watch();
  const trunk = trunkOf();
  // Calls that were given to it before fail as well, which is nothing new.
  for (let n = 0; n < FAILURES_TO_OPEN + 3; n += 1) fail(trunk);
  const rests = 'failed again and again (503 Service Unavailable) and rests until 12:00:10Z';
  expect(states.obstacleOf(trunk)).toBe(rests);
  expect(states.isBroken(trunk)).toBe(true);
  clock.advance(10_000);
  expect(states.obstacleOf(trunk)).toBeNull();
  states.taken(trunk);
  expect(states.obstacleOf(trunk)).toContain('is tried out by another call');
  states.tell(trunk, { kind: 'withdrawn' });
  expect(states.obstacleOf(trunk)).toBeNull();
  states.taken(trunk);
  states.tell(trunk, { kind: 'succeeded' });
  expect([states.obstacleOf(trunk), states.isBroken(trunk)]).toEqual([null, false]);
  expect(changes).toEqual([`Carrier A suspended: ${rests}`, 'Carrier A up: it takes calls again']);
});

test('a trunk that moves begins anew, and one that is gone is forgotten', () => {
  const { states, fail } = watch();
  const [moved, same, gone] = [trunkOf(), trunkOf(), trunkOf()];
  for (const trunk of [moved, same, gone]) fail(trunk, 60);
  const after = { ...moved, host: '192.0.2.50' };
  states.keep([after, { ...same, weight: 5 }]);
  expect(states.obstacleOf(after)).toBeNull();
  expect(states.obstacleOf(same)).not.toBeNull();
  expect(states.obstacleOf(gone)).toBeNull();
});
