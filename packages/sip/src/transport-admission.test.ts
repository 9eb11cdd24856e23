import { expect, test } from 'vitest';
import { Admission } from './transport-admission.js';

function entered(admission: Admission, host: string, tries: number): number {
  return Array.from({ length: tries }, () => admission.enter(host)).filter(Boolean).length;
}

test('each source has so many places, and all together have so many', () => {
  const admission = new Admission({ max: 10, maxPerSource: 4 });
  expect(entered(admission, '192.0.2.1', 9)).toBe(4);
  expect(entered(admission, '192.0.2.2', 9)).toBe(4);
  expect(entered(admission, '192.0.2.3', 9)).toBe(2);
  admission.leave('192.0.2.1');
  expect(entered(admission, '192.0.2.1', 9)).toBe(1);
});

test('whoever has one IPv6 address has a /64 of them, and is one source', () => {
  const admission = new Admission({ max: 10, maxPerSource: 2 });
  expect(entered(admission, '2001:db8::1', 9) + entered(admission, '2001:db8::2', 9)).toBe(2);
  admission.leave('2001:db8::2');
  expect(admission.enter('2001:db8::3')).toBe(true);
});

test('trusted sources have ten times the places, but not all of them', () => {
  const admission = new Admission({ max: 100, maxPerSource: 2, isTrusted: () => true });
  expect(entered(admission, '192.0.2.1', 99)).toBe(20);
});
