import { expect, test } from 'vitest';
import { createHoldBack } from './hold-back.js';

const at = (streamSequence: number) => ({ streamSequence });
const places = (items: { streamSequence: number }[]) => items.map((item) => item.streamSequence);

test('after a predecessor that left nothing behind everything goes on at once', () => {
  const holdBack = createHoldBack({ deliveredUpTo: 10, unacknowledged: 0 });
  expect(places(holdBack.add(at(11)))).toEqual([11]);
  expect(holdBack.isHolding()).toBe(false);
});

test('new ones wait until all that were left are here, and all go on in the order of the stream', () => {
  const holdBack = createHoldBack({ deliveredUpTo: 10, unacknowledged: 2 });
  expect([11, 9, 12].map((place) => places(holdBack.add(at(place))))).toEqual([[], [], []]);
  expect(holdBack.missing()).toBe(1);
  expect(places(holdBack.add(at(7)))).toEqual([7, 9, 11, 12]);
  expect(places(holdBack.add(at(13)))).toEqual([13]);
});

test('one that comes twice counts once, and goes on once', () => {
  const holdBack = createHoldBack({ deliveredUpTo: 10, unacknowledged: 2 });
  holdBack.add(at(9));
  expect(holdBack.add(at(9))).toEqual([]);
  expect(holdBack.isHolding()).toBe(true);
  expect(holdBack.add(at(11))).toEqual([]);
  expect(holdBack.add(at(11))).toEqual([]);
  expect(places(holdBack.add(at(7)))).toEqual([7, 9, 11]);
});

test('when the time is up everything goes on without those that are missing', () => {
  const holdBack = createHoldBack({ deliveredUpTo: 10, unacknowledged: 3 });
  holdBack.add(at(12));
  holdBack.add(at(8));
  expect(places(holdBack.release())).toEqual([8, 12]);
  expect(holdBack.missing()).toBe(0);
  expect(places(holdBack.add(at(9)))).toEqual([9]);
});
