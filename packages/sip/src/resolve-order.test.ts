import { expect, test } from 'vitest';
import { orderServers } from './resolve-order.js';

function server(name: string, priority: number, weight: number) {
  return { name, priority, weight, port: 5060 };
}

test('lower priorities come first, whatever their weights', () => {
  const servers = [server('c', 30, 9), server('a', 10, 0), server('b', 20, 100)];
  expect(orderServers(servers, Math.random).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

test.each([
  [0, 'none some most'],
  [0.1, 'some most none'],
  [0.3, 'most some none'],
  [0.999, 'most some none'],
])('within one priority chance decides: %d', (chance, expected) => {
  const servers = [server('most', 1, 75), server('some', 1, 25), server('none', 1, 0)];
  const drawn = orderServers(servers, () => chance).map(({ name }) => name);
  expect(drawn.join(' ')).toBe(expected);
});

test('each is first as often as its weight says', () => {
  const servers = [server('three', 1, 3), server('one', 1, 1)];
  const rounds = 20_000;
  let first = 0;
  for (let round = 0; round < rounds; round++) {
    const chance = (round + 0.5) / rounds;
    if (orderServers(servers, () => chance)[0]?.name === 'three') first += 1;
  }
  // RFC 2782 draws from 0 to the sum, both included.
  expect(first / rounds).toBeCloseTo(3 / 5, 2);
});

test('without weights none is lost', () => {
  const servers = [server('a', 1, 0), server('b', 1, 0)];
  expect(orderServers(servers, () => 0.7)).toHaveLength(2);
  expect(orderServers([], () => 0.7)).toEqual([]);
});
