import type { Trunk } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { trunkOf } from '../testing/trunk-bench.js';
import { chooseTrunk, tellObstacles } from './choose-trunk.js';

const free = () => null;
const named = (name: string, priority: number, weight = 10) => trunkOf({ name, priority, weight });

test('the lowest priority is chosen, and says so', () => {
  const trunks = [named('b', 20), named('a', 10), named('c', 30)];
  const choice = chooseTrunk({ trunks, obstacleOf: free, random: () => 0.99 });
  expect([choice?.trunk.name, choice?.why]).toEqual(['a', 'priority 10']);
});

test('inside one priority each gets its share', () => {
  const trunks = [named('a', 10, 3), named('b', 10, 1), named('c', 20, 50)];
  const counts: Record<string, number> = {};
  const steps = 1_000;
  for (let n = 0; n < steps; n += 1) {
    const { name = '' } = chooseTrunk({ trunks, obstacleOf: free, random: () => n / steps })?.trunk ?? {};
    counts[name] = (counts[name] ?? 0) + 1;
  }
  expect(counts).toEqual({ a: 750, b: 250 });
  const choice = chooseTrunk({ trunks, obstacleOf: free, random: () => 0 });
  expect(choice?.why).toBe('priority 10, weight 3 of 4');
});

test('a weight of 0 is for when there is no other, and among its like each is as good', () => {
  const draw = (trunks: Trunk[], random: number) =>
    chooseTrunk({ trunks, obstacleOf: free, random: () => random })?.trunk.name;
  const trunks = [named('spare', 10, 0), named('main', 10, 99)];
  expect([draw(trunks, 0), draw(trunks, 0.999)]).toEqual(['main', 'main']);
  const idle = [named('one', 10, 0), named('two', 10, 0)];
  expect([draw(idle, 0.49), draw(idle, 0.5)]).toEqual(['one', 'two']);
});

test('those that were left out are named with their reason, from the front', () => {
  const trunks = [named('A', 10), named('B', 20), named('C', 20), named('D', 30)];
  const reasons: Record<string, string> = {
    A: 'is down: no answer to OPTIONS since 12:00:03Z (no response)',
    B: 'has no channel left of 5',
  };
  const choice = chooseTrunk({ trunks, obstacleOf: ({ name }) => reasons[name] ?? null, random: () => 0 });
  expect(choice?.trunk.name).toBe('C');
  expect(choice?.why).toBe(
    "priority 20; 'A' before it is down: no answer to OPTIONS since 12:00:03Z (no response); 'B' beside it has no channel left of 5",
  );
});

test('of very many that were left out only the first are named', () => {
  const trunks = Array.from({ length: 50 }, (_, n) => named(`t${n}`, n));
  const obstacleOf = ({ name }: { name: string }) => (name === 't49' ? null : 'is switched off');
  const choice = chooseTrunk({ trunks, obstacleOf, random: () => 0 });
  expect(choice?.why).toMatch(/^priority 49; 't0' before it is switched off; .*; and 45 more$/);
});

test('nothing is chosen where something stands against each, and it is told what', () => {
  const trunks = [named('A', 10), named('B', 20)];
  const obstacleOf = () => 'is switched off';
  expect(chooseTrunk({ trunks, obstacleOf, random: () => 0 })).toBeNull();
  expect(chooseTrunk({ trunks: [], obstacleOf, random: () => 0 })).toBeNull();
  expect(tellObstacles(trunks, obstacleOf)).toBe("'A' is switched off; 'B' is switched off");
  expect(tellObstacles([], obstacleOf)).toBe('the account has no trunk');
});
