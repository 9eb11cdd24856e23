import { expect, test } from 'vitest';
import { SourceLimits } from './source-limits.js';
import { createVirtualClock } from './testing/virtual-clock.js';

function admitted(limits: SourceLimits, host: string, tries: number): number {
  return Array.from({ length: tries }, () => limits.admits(host)).filter(Boolean).length;
}

test('a source may send a burst, and then its rate', () => {
  const clock = createVirtualClock();
  const limits = new SourceLimits({ clock, perSecond: 10 });
  expect(admitted(limits, '192.0.2.1', 100)).toBe(20);
  clock.advance(1000);
  expect(admitted(limits, '192.0.2.1', 100)).toBe(10);
  clock.advance(60_000);
  expect(admitted(limits, '192.0.2.1', 100)).toBe(20);
});

test('each source has its own, and trusted ones have none', () => {
  const clock = createVirtualClock();
  const limits = new SourceLimits({ clock, perSecond: 1, isTrusted: (host) => host === '192.0.2.9' });
  expect(admitted(limits, '192.0.2.1', 10)).toBe(2);
  expect(admitted(limits, '192.0.2.2', 10)).toBe(2);
  expect(admitted(limits, '192.0.2.9', 10)).toBe(10);
});

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', 2],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', 4],
  ['::1', '::2', 2],
  ['fd00::1', 'fd00:0:0:0:1:2:3:4', 2],
])('%s and %s together may send %d at once', (one, other, expected) => {
  const limits = new SourceLimits({ clock: createVirtualClock(), perSecond: 1 });
  expect(admitted(limits, one, 5) + admitted(limits, other, 5)).toBe(expected);
});

test('a flood of made-up sources fills a bounded table, and what finds no room shares one bucket', () => {
  const clock = createVirtualClock();
  const limits = new SourceLimits({ clock, perSecond: 1, maxSources: 100 });
  let passed = 0;
  for (let source = 0; source < 5000; source++)
    passed += Number(limits.admits(`10.0.${source >> 8}.${source & 255}`));
  expect(limits.size).toBe(100);
  expect(passed).toBe(102);
});

test('sources that have been quiet make room for new ones', () => {
  const clock = createVirtualClock();
  const limits = new SourceLimits({ clock, perSecond: 1, maxSources: 10 });
  for (let source = 0; source < 10; source++) limits.admits(`10.0.0.${source}`);
  clock.advance(10_000);
  expect(admitted(limits, '10.0.1.1', 5)).toBe(2);
  expect(limits.size).toBeLessThanOrEqual(10);
});
