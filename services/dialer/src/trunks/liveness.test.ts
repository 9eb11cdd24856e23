import { expect, test } from 'vitest';
import { stepLiveness, UNASKED } from './liveness.js';

const MISS = { alive: false, reason: 'no response' } as const;
const SIGN = { alive: true } as const;

test('two silences in a row are down, one answer is up', () => {
  const up = stepLiveness(UNASKED, SIGN, 1_000);
  expect(up).toEqual({ state: 'up', misses: 0, silentSinceMs: null, why: '' });
  const once = stepLiveness(up, MISS, 2_000);
  expect(once).toMatchObject({ state: 'up', misses: 1, silentSinceMs: 2_000 });
  const down = stepLiveness(once, MISS, 3_000);
  expect(down).toEqual({ state: 'down', misses: 2, silentSinceMs: 2_000, why: 'no response' });
  expect(stepLiveness(down, MISS, 4_000)).toMatchObject({ state: 'down', silentSinceMs: 2_000 });
  expect(stepLiveness(down, SIGN, 5_000)).toEqual(up);
});

test('a trunk that never answered is unknown until it is down, and an answer between begins anew', () => {
  const once = stepLiveness(UNASKED, MISS, 1_000);
  expect(once.state).toBe('unknown');
  expect(stepLiveness(stepLiveness(once, SIGN, 2_000), MISS, 3_000).state).toBe('up');
  expect(stepLiveness(once, MISS, 2_000).state).toBe('down');
});
