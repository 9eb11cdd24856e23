import { expect, test } from 'vitest';
import { type ClockSource, createMediaClock } from './media-clock.js';

/** Time that only moves when told; a timer may be made late by the test. */
function createSource() {
  let nowMs = 1000.4;
  let pending: { atMs: number; run: () => void } | null = null;
  const source: ClockSource = {
    nowMs: () => nowMs,
    after(ms, run) {
      const timer = { atMs: nowMs + ms, run };
      pending = timer;
      return { cancel: () => (pending = pending === timer ? null : pending) };
    },
  };
  const fire = (lateMs = 0) => {
    const timer = pending;
    if (timer === null) throw new Error('no timer is set');
    pending = null;
    nowMs = timer.atMs + lateMs;
    timer.run();
  };
  return { source, fire, isIdle: () => pending === null, nowMs: () => nowMs };
}

test('ticks once every 20 ms without drift, though each timer is late', () => {
  const { source, fire, nowMs } = createSource();
  const clock = createMediaClock(source);
  let frames = 0;
  clock.add((due) => (frames += due));
  const startMs = nowMs();
  for (let n = 0; n < 500; n += 1) fire(1.7);
  expect(frames).toBe(500);
  expect(nowMs() - startMs).toBeLessThan(500 * 20 + 5);
});

test('catches up to 100 ms, and skips what is more', () => {
  const { source, fire } = createSource();
  const clock = createMediaClock(source);
  const ticks: [number, number][] = [];
  clock.add((...tick) => ticks.push(tick));
  fire();
  fire(65);
  fire(1000);
  fire();
  expect(ticks).toEqual([
    [1, 0],
    [4, 0],
    [1, 50],
    [1, 0],
  ]);
  expect(clock.lateness().maxMs).toBeGreaterThanOrEqual(1000);
  expect(clock.lateness().lastMs).toBeLessThan(2);
});

test('runs only while somebody listens', () => {
  const { source, fire, isIdle } = createSource();
  const clock = createMediaClock(source);
  expect(isIdle()).toBe(true);
  const first = clock.add(() => first.remove());
  const second = clock.add(() => undefined);
  fire();
  expect(isIdle()).toBe(false);
  second.remove();
  second.remove();
  expect(isIdle()).toBe(true);
});

test('goes on when a listener throws', () => {
  const { source, fire } = createSource();
  const clock = createMediaClock(source);
  let ticks = 0;
  clock.add(() => {
    ticks += 1;
    throw new Error('broken listener');
  });
  expect(fire).toThrow('broken listener');
  expect(fire).toThrow('broken listener');
  expect(ticks).toBe(2);
});

test('stops for ever', () => {
  const { source, isIdle } = createSource();
  const clock = createMediaClock(source);
  clock.add(() => undefined);
  clock.stop();
  clock.add(() => undefined);
  expect(isIdle()).toBe(true);
});
