import { expect, test } from 'vitest';
import { createMetrics } from './create-metrics.js';

test('counters, gauges and histograms are told in the text format, with prefix and service', async () => {
  const metrics = createMetrics('dialer');
  const calls = metrics.counter('calls_total', 'Calls by how they ended.', ['status']);
  calls.inc({ status: 'busy' });
  calls.inc({ status: 'busy' }, 2);
  metrics.counter('nothing_total', 'Never counted.');
  metrics.gauge('live_calls', 'Calls now.', () => 7);
  metrics.histogram('ring_seconds', 'Time to the answer.', [1, 5]).observe(3);
  const text = await metrics.text();
  expect(text).toContain('trunkline_calls_total{status="busy",service="dialer"} 3');
  expect(text).toContain('trunkline_nothing_total{service="dialer"} 0');
  expect(text).toContain('trunkline_live_calls{service="dialer"} 7');
  expect(text).toContain('trunkline_ring_seconds_bucket{le="5",service="dialer"} 1');
  expect(text).toContain('process_cpu_seconds_total');
});

test('two registries of one process do not mix', async () => {
  const [one, other] = [createMetrics('a'), createMetrics('b')];
  one.counter('x_total', 'X.').inc();
  other.counter('x_total', 'X.').inc({}, 5);
  expect(await one.text()).toContain('trunkline_x_total{service="a"} 1');
  expect(await other.text()).toContain('trunkline_x_total{service="b"} 5');
});

test('a count that is kept elsewhere is a counter, which never goes down', async () => {
  const metrics = createMetrics('a');
  let read: () => number = () => 0;
  metrics.counterOf('drops_total', 'Drops.', () => read());
  const shown = async () => /^trunkline_drops_total\{service="a"\} (.*)$/m.exec(await metrics.text())?.[1];
  const broken = () => {
    throw new Error('no');
  };
  expect(await metrics.text()).toContain('# TYPE trunkline_drops_total counter');
  const seen: unknown[] = [];
  for (read of [() => 0, () => 3, () => 3, broken, () => 2, () => Number.POSITIVE_INFINITY, () => 7])
    seen.push(await shown());
  expect(seen).toEqual(['0', '3', '3', '3', '3', '3', '7']);
});

test('a gauge that fails does not take the others with it', async () => {
  const metrics = createMetrics('a');
  metrics.gauge('broken', 'Fails.', () => {
    throw new Error('no');
  });
  metrics.gauge('fine', 'Works.', () => 1);
  const text = await metrics.text();
  expect(text).toMatch(/trunkline_broken\{service="a"\} nan/i);
  expect(text).toContain('trunkline_fine{service="a"} 1');
});
