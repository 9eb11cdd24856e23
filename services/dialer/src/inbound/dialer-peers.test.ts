import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { settle } from '../testing/pass-time.js';
import { createQuietLog } from '../testing/quiet-log.js';
import { createDialerPeers } from './dialer-peers.js';

function start() {
  const clock = createVirtualClock();
  const alive = ['d1'];
  let reads = 0;
  const list = async () => {
    reads += 1;
    return alive.map((dialerId) => ({
      dialerId,
      sipAddress: `192.0.2.${dialerId.slice(1)}:5060`,
      startedAt: '2026-11-24T12:00:00.000Z',
      draining: false,
      trunks: {},
    }));
  };
  const peers = createDialerPeers({ leases: { list }, clock, log: createQuietLog() });
  peers.start();
  return { clock, alive, peers, reads: () => reads };
}

test('one that started a moment ago is alive once it is looked for', async () => {
  const { clock, alive, peers, reads } = start();
  await settle();
  clock.advance(600);
  alive.push('d2');
  expect(peers.isAlive('d2')).toBe(false);
  await Promise.all([peers.seek(['d1', 'd2']), peers.seek(['d2'])]);
  expect(peers.isAlive('d2')).toBe(true);
  expect(peers.isPeer({ host: '192.0.2.2', port: 5060 })).toBe(true);
  expect(reads()).toBe(2);
  peers.stop();
});

test('one that is gone is looked for twice a second at most, and those that are known not at all', async () => {
  const { clock, peers, reads } = start();
  await settle();
  for (let n = 0; n < 100; n++) {
    clock.advance(10);
    await peers.seek(['d1']);
  }
  expect(reads()).toBe(1);
  for (let n = 0; n < 100; n++) {
    clock.advance(10);
    await peers.seek(['d9']);
  }
  expect(reads()).toBe(3);
  peers.stop();
});
