import { describe, expect, it } from 'vitest';
import {
  type RegistrationEffect,
  type RegistrationInput,
  type RegistrationState,
  startRegistration,
  stepRegistration,
} from './agent-register-table.js';

const START: RegistrationInput = { kind: 'start' };
const TIMER: RegistrationInput = { kind: 'timer' };
const STOP: RegistrationInput = { kind: 'stop' };
const LEFT: RegistrationInput = { kind: 'left' };
const GRANTED: RegistrationInput = { kind: 'granted', seconds: 1000 };

function failed(more: { jitter?: number; retryAfterSeconds?: number | null } = {}): RegistrationInput {
  return { kind: 'failed', status: 503, reason: 'r', retryAfterSeconds: null, jitter: 0.5, ...more };
}

function refused(jitter: number, retryAfterSeconds: number | null = null): RegistrationInput {
  return { kind: 'refused', status: 403, reason: 'r', retryAfterSeconds, jitter };
}

/** The state and the last effects after these inputs. */
function stepAll(...inputs: RegistrationInput[]): {
  state: RegistrationState;
  effects: readonly RegistrationEffect[];
} {
  let step: { state: RegistrationState; effects: readonly RegistrationEffect[] } = {
    state: startRegistration(3600),
    effects: [],
  };
  for (const input of inputs) step = stepRegistration(step.state, input);
  return step;
}

function waitOf(effects: readonly RegistrationEffect[]): number | undefined {
  return effects.flatMap((effect) => (effect.do === 'wait' ? effect.ms : []))[0];
}

describe('what is granted', () => {
  it('is refreshed at 85 %', () => {
    const { state, effects } = stepAll(START, GRANTED);
    expect(state.name).toBe('registered');
    expect(effects).toEqual([{ do: 'wait', ms: 850_000 }]);
    expect(stepAll(START, GRANTED, TIMER).effects).toEqual([{ do: 'ask' }]);
  });

  it('forgets the failures before it', () => {
    const again = stepAll(START, failed(), TIMER, failed(), TIMER, GRANTED, TIMER, failed());
    expect(waitOf(again.effects)).toBe(5000);
  });
});

describe('what fails', () => {
  it('is tried again after 5 s, twice as long each time, 5 minutes at most', () => {
    const waits: (number | undefined)[] = [];
    let state = stepAll(START).state;
    for (let failure = 0; failure < 9; failure++) {
      const step = stepRegistration(state, failed());
      waits.push(waitOf(step.effects));
      state = stepRegistration(step.state, TIMER).state;
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
  });

  it('is tried by chance earlier or later, never before 5 s or after 5 minutes', () => {
    const twice = stepAll(START, failed(), TIMER).state;
    expect(waitOf(stepRegistration(twice, failed({ jitter: 0 })).effects)).toBe(5000);
    expect(waitOf(stepRegistration(twice, failed({ jitter: 1 })).effects)).toBe(15_000);
    expect(waitOf(stepAll(START, failed({ jitter: 0 })).effects)).toBe(5000);
  });

  it('waits for as long as Retry-After says, an hour at most, and never less than it would anyway', () => {
    expect(waitOf(stepAll(START, failed({ retryAfterSeconds: 120 })).effects)).toBe(120_000);
    expect(waitOf(stepAll(START, failed({ retryAfterSeconds: 1 })).effects)).toBe(5000);
    expect(waitOf(stepAll(START, failed({ retryAfterSeconds: 999_999 })).effects)).toBe(3_600_000);
  });

  it('is told, with the time of the next try', () => {
    expect(stepAll(START, failed()).effects[0]).toEqual({
      do: 'tell-failed',
      status: 503,
      reason: 'r',
      retryInMs: 5000,
    });
  });
});

it('what is refused is not tried for about 10 minutes', () => {
  expect(waitOf(stepAll(START, refused(0)).effects)).toBe(540_000);
  expect(waitOf(stepAll(START, refused(1)).effects)).toBe(660_000);
  expect(waitOf(stepAll(START, refused(1, 1200)).effects)).toBe(1_200_000);
});

describe('423', () => {
  const brief = (minSeconds: number | null): RegistrationInput => ({ kind: 'too-brief', minSeconds });

  it('asks at once for as long as the registrar wants, and from then on', () => {
    const { state, effects } = stepAll(START, brief(7200));
    expect(effects).toEqual([{ do: 'ask' }]);
    expect(state.expiresSeconds).toBe(7200);
    expect(stepAll(START, brief(7200), GRANTED).state.expiresSeconds).toBe(7200);
  });

  it.each([
    ['that says no more than was asked', [brief(3600)]],
    ['without a time', [brief(null)]],
    ['that wants for ever', [brief(90_000)]],
    ['a third time', [brief(4000), brief(5000), brief(6000)]],
  ])('%s is a failure', (_, inputs) => {
    expect(stepAll(START, ...inputs).effects[0]).toMatchObject({ do: 'tell-failed', status: 423 });
  });
});

describe('stop', () => {
  it.each([
    ['while it is registered', [START, GRANTED]],
    ['while it is refreshed', [START, GRANTED, TIMER]],
    ['while the first is under way', [START]],
    ['after a refresh failed', [START, GRANTED, TIMER, failed()]],
  ])('%s takes the address back', (_, inputs) => {
    const { state, effects } = stepAll(...inputs, STOP);
    expect(effects).toEqual([{ do: 'drop' }, { do: 'un-register' }]);
    expect(stepRegistration(state, LEFT).effects).toEqual([{ do: 'drop' }, { do: 'finish' }]);
  });

  it('before anything was taken says nothing', () => {
    expect(stepAll(START, refused(0), STOP).effects).toEqual([{ do: 'drop' }, { do: 'finish' }]);
    expect(stepAll(STOP).state.name).toBe('stopped');
  });

  it('twice, and whatever comes later, changes nothing', () => {
    const { state } = stepAll(START, GRANTED, STOP);
    for (const input of [STOP, GRANTED, TIMER, failed()])
      expect(stepRegistration(state, input)).toEqual({ state, effects: [] });
    const over = stepAll(START, GRANTED, STOP, LEFT).state;
    for (const input of [START, STOP, GRANTED, LEFT])
      expect(stepRegistration(over, input)).toEqual({ state: over, effects: [] });
  });
});
