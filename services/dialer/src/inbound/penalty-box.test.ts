import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { createPenaltyBox } from './penalty-box.js';

function openBox(maxSources = 100) {
  const clock = createVirtualClock();
  const box = createPenaltyBox({ clock, attempts: 3, windowMs: 60_000, penaltyMs: 300_000, maxSources });
  const fail = (host: string, times: number) => {
    for (let n = 0; n < times; n++) box.note(host);
  };
  return { clock, box, fail };
}

test('so many wrong passwords shut a source out for minutes, and no other', () => {
  const { clock, box, fail } = openBox();
  fail('192.0.2.1', 2);
  expect(box.isShut('192.0.2.1')).toBe(false);
  fail('192.0.2.1', 1);
  expect(box.isShut('192.0.2.1')).toBe(true);
  expect(box.isShut('192.0.2.2')).toBe(false);
  expect(box.size()).toBe(1);
  clock.advance(299_999);
  expect(box.isShut('192.0.2.1')).toBe(true);
  clock.advance(1);
  expect(box.isShut('192.0.2.1')).toBe(false);
  expect(box.size()).toBe(0);
});

test('mistakes that are far apart are forgotten', () => {
  const { clock, box, fail } = openBox();
  fail('192.0.2.1', 2);
  clock.advance(60_000);
  fail('192.0.2.1', 2);
  expect(box.isShut('192.0.2.1')).toBe(false);
});

test('however many sources come, only so many are remembered', () => {
  const { box, fail } = openBox(10);
  for (let n = 0; n < 1_000; n++) fail(`192.0.2.${n}`, 3);
  expect(box.size()).toBe(10);
  expect(box.isShut('192.0.2.999')).toBe(true);
  expect(box.isShut('192.0.2.0')).toBe(false);
});

test('a /64 of IPv6 is one source', () => {
  const { box, fail } = openBox();
  for (const end of ['1', 'a:b:c:d', 'ffff'])
    fail(end.includes(':') ? `2001:db8:0:1:${end}` : `2001:db8:0:1::${end}`, 1);
  expect(box.isShut('2001:db8:0:1::77')).toBe(true);
  expect(box.isShut('2001:db8:0:2::1')).toBe(false);
});
