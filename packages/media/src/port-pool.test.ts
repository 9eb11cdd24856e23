import { expect, test } from 'vitest';
import { createPortPool } from './port-pool.js';

test('hands out each even port with its neighbour in the range once, then null', () => {
  const pool = createPortPool({ from: 20_001, to: 20_008 });
  const ports = [pool.take(), pool.take(), pool.take()];
  expect(ports.sort()).toEqual([20_002, 20_004, 20_006]);
  expect(pool.take()).toBeNull();
  expect([pool.free(), pool.total()]).toEqual([0, 3]);
});

test('lets a port rest 5 s before it is taken again', () => {
  let nowMs = 0;
  const pool = createPortPool({ from: 20_000, to: 20_001, nowMs: () => nowMs });
  expect(pool.take()).toBe(20_000);
  pool.giveBack(20_000);
  nowMs = 4_999;
  expect(pool.take()).toBeNull();
  nowMs = 5_000;
  expect(pool.free()).toBe(1);
  expect(pool.take()).toBe(20_000);
});

test('does not let a port that is given back twice, or was never taken, become two', () => {
  let nowMs = 0;
  const pool = createPortPool({ from: 20_000, to: 20_003, nowMs: () => nowMs });
  const port = pool.take() ?? 0;
  pool.giveBack(port);
  pool.giveBack(port);
  pool.giveBack(20_002);
  pool.giveBack(99);
  nowMs = 10_000;
  expect(pool.free()).toBe(2);
});

test('does not hand ports out in order', () => {
  const pool = createPortPool({ from: 10_000, to: 19_999 });
  const ports = Array.from({ length: 200 }, () => pool.take() ?? 0);
  expect(ports).not.toEqual([...ports].sort((a, b) => a - b));
  expect(ports).not.toEqual([...ports].sort((a, b) => b - a));
  expect(new Set(ports).size).toBe(200);
});

test.each([
  [20_001, 20_002],
  [5, 4],
  [-2, 10],
  [65_000, 70_000],
  [Number.NaN, Number.NaN],
])('refuses the range %d-%d', (from, to) => {
  expect(() => createPortPool({ from, to })).toThrow(RangeError);
});
