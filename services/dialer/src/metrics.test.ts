import { createMetrics } from '@trunkline/runtime';
import { expect, test } from 'vitest';
import { createDialerMeter, type WatchedParts, watchParts } from './metrics.js';

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

test('what SIP refused, dropped and forwarded are counters, what it holds are gauges', async () => {
  const metrics = createMetrics('dialer');
  const edge = { forwardedRequests: 1, refused: 2 };
  const refused = { refusedConnections: 3, failedConnections: 4 };
  const transport = {
    ...refused,
    droppedByRate: 5,
    droppedMalformed: 6,
    droppedFull: 7,
    sockets: 8,
    connections: 9,
  };
  const held = { clientTransactions: 0, serverTransactions: 0, dialogs: 0 };
  const agent = { counts: () => ({ ...held, edge, transport }) };
  watchParts(metrics, { agent } as unknown as WatchedParts);
  const text = await metrics.text();
  const names = [...text.matchAll(/^# TYPE trunkline_(sip_\w+) counter$/gm)].map(([, name]) => name);
  const shownOf = (name = '') => new RegExp(`^trunkline_${name}\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1];
  expect(names.map((name) => `${name} ${shownOf(name)}`).sort()).toEqual([
    'sip_connections_failed_total 4',
    'sip_connections_refused_total 3',
    'sip_dropped_by_rate_total 5',
    'sip_dropped_full_total 7',
    'sip_dropped_malformed_total 6',
    'sip_edge_refused_total 2',
    'sip_edge_requests_total 1',
  ]);
  expect(text).toContain('# TYPE trunkline_sip_sockets gauge');
});
