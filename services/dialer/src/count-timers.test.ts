import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { countTimers } from './count-timers.js';

test('a timer counts until it is over or canceled, whichever comes first, and once', () => {
  const virtual = createVirtualClock();
  const clock = countTimers(virtual);
  const rings: number[] = [];
  const timers = [100, 200, 300].map((ms) => clock.after(ms, () => rings.push(clock.running())));
  expect(clock.running()).toBe(3);
  virtual.advance(100);
  timers[0]?.cancel();
  timers[1]?.cancel();
  timers[1]?.cancel();
  expect(clock.running()).toBe(1);
  virtual.advance(300);
  expect([rings, clock.running()]).toEqual([[2, 0], 0]);
});
