import { createMetrics } from '@trunkline/runtime';
import { expect, test } from 'vitest';
import { createDialerMeter } from './metrics.js';

test('legs are counted by trunk, and of very many trunks the rest as one', async () => {
  const metrics = createMetrics('dialer');
  const meter = createDialerMeter(metrics);
  for (let n = 0; n < 300; n += 1) meter.legEnded(`trunk-${n}`, 'busy');
  meter.legEnded('trunk-0', 'busy');
  const lines = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith('trunkline_trunk_legs_total{'));
  const countOf = (trunk: string) =>
    Number(
      lines
        .find((line) => line.includes(`trunk="${trunk}"`))
        ?.split(' ')
        .at(-1),
    );
  expect(lines).toHaveLength(201);
  expect([countOf('trunk-0'), countOf('trunk-199'), countOf('other')]).toEqual([2, 1, 100]);
});
