import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { createWaitingLine } from './waiting-line.js';

function open(callsPerSecond = 0) {
  const clock = createVirtualClock();
  const line = createWaitingLine({ clock, random: () => 0.5 });
  const delays = (count: number, account = 'a') =>
    Array.from({ length: count }, () =>
      line.delayOf({ accountSid: account, roomInMs: 1_000, callsPerSecond }),
    );
  return { clock, delays };
}

test('a few calls ask again when there may be room', () => {
  expect(open().delays(3)).toEqual([1_500, 1_500, 1_500]);
});

test('of many calls at most 200 a second ask again, the first first, and those of others do not wait for them', () => {
  const { delays } = open();
  const many = delays(10_000);
  expect(many.at(-1)).toBe(49_995);
  expect(many).toEqual([...many].sort((one, other) => one - other));
  const inOneSecond = many.filter((delay) => delay >= 20_000 && delay < 21_000);
  expect(inOneSecond).toHaveLength(200);
  expect(delays(1, 'b')).toEqual([1_500]);
});

test('trunks that take more are asked more often', () => {
  expect(open(1_000).delays(10_000).at(-1)).toBeCloseTo(4_999.5);
});

test('a line that is over is forgotten, and nobody waits for ever', () => {
  const { clock, delays } = open();
  expect(delays(200_000).every((delay) => delay <= 300_000)).toBe(true);
  clock.advance(300_000);
  expect(delays(1)).toEqual([1_500]);
});
