import { expect, test } from 'vitest';
import { createHangUpLost } from '../lost/hang-up-lost.js';
import { createOwnership } from '../lost/ownership.js';
import { createTakeOver, GRACE_MS } from '../lost/take-over.js';
import { chargeBySecond } from '../testing/charge-by-second.js';
import { CARRIER, createInboundWorld, PAGE } from '../testing/inbound-bench.js';
import { createCaller } from '../testing/inbound-parties.js';
import { passTime } from '../testing/pass-time.js';

const [D1, D2] = [
  { host: '192.0.2.9', port: 5060 },
  { host: '192.0.2.10', port: 5060 },
];

async function start(page: string) {
  const at = await createInboundWorld();
  at.customer.pages[PAGE] = page;
  const [d1, d2] = [await at.startDialer('d1', D1), await at.startDialer('d2', D2)];
  const carrier = createCaller(at.agentAt(CARRIER), D1);
  carrier.call(at.number.phoneNumber);
  await passTime(at.clock, 3_000);
  const sid = at.story().call?.sid ?? '';
  const hangUp = createHangUpLost({
    agent: d2.agent,
    trunks: { find: () => null, credentialsOf: () => null },
    openPassword: () => '',
  });
  /** d1 is thought to be dead, and d2 alone has a lease. */
  const loseFirst = async () => {
    await at.bus.leases.release('d1');
    const takeOver = createTakeOver({
      dialerId: 'd2',
      source: 'd2',
      now: at.now,
      chargeFor: chargeBySecond,
      clock: at.clock,
      leases: at.bus.leases,
      notes: at.bus.notes,
      fences: at.bus.fences,
      heldForMs: () => GRACE_MS,
      holds: () => false,
      hangUp,
      events: at.bus.events,
      onTaken: () => {},
      log: at.log,
    });
    takeOver.start();
    await passTime(at.clock, 1_000);
    takeOver.stop();
  };
  return { ...at, d1, carrier, sid, loseFirst };
}

test('a survivor hangs up on an answered call, and tells its end above whatever was told', async () => {
  const at = await start('<Say/><Pause length="600"/>');
  at.network.loses = ({ from }) => (from.host === D1.host ? true : null);
  await at.loseFirst();
  expect(at.carrier.heard).toEqual(['180', '200', 'bye']);
  expect(at.story().names).toEqual(['ringing', 'in-progress', 'failed']);
  expect(at.story().call).toMatchObject({ endReason: 'dialer-lost', direction: 'inbound' });
  expect(at.bus.told.at(-1)?.sequence).toBe(103);
  expect(at.bus.note('d1', at.sid)).toBeNull();
});

test('a call that rang is told as lost too, though nobody but its dialer can stop the ringing', async () => {
  const at = await start('<Pause length="600"/>');
  at.network.loses = ({ from }) => (from.host === D1.host ? true : null);
  await at.loseFirst();
  expect(at.story().names).toEqual(['ringing', 'failed']);
  expect(at.carrier.heard).toEqual(['180']);
});

test('a dialer that comes back lets go of a call that was taken over, and tells nothing of it', async () => {
  const at = await start('<Pause length="600"/>');
  await at.loseFirst();
  const ownership = createOwnership({
    dialerId: 'd1',
    calls: at.d1.calls,
    notes: at.bus.notes,
    fences: at.bus.fences,
    clock: at.clock,
    onSure: () => {},
    log: at.log,
  });
  ownership.leaseGained();
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard).toEqual(['180', 'rejected 503']);
  expect(at.story().names).toEqual(['ringing', 'failed']);
  expect(at.d1.calls.size()).toBe(0);
});
