import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { createHeldCalls } from '../call/live-calls.js';
import { placeCall } from '../call/place-call.js';
import { createCallBench, DIALOG } from '../testing/call-bench.js';
import { MemoryBus } from '../testing/memory-bus.js';
import { passTime, settle } from '../testing/pass-time.js';
import { queuedRecord } from '../testing/queued-record.js';
import { createQuietLog } from '../testing/quiet-log.js';
import { createLeaseKeeper } from './lease.js';
import { createOwnership } from './ownership.js';

const LEASE = { dialerId: 'd1', sipAddress: '192.0.2.9:5060', startedAt: '2026-11-24T12:00:00.000Z' };

function openLease() {
  const clock = createVirtualClock();
  const bus = new MemoryBus(clock);
  const story: string[] = [];
  const lease = createLeaseKeeper({
    lease: LEASE,
    store: bus.leases,
    clock,
    onGained: () => story.push('gained'),
    onLost: () => story.push('lost'),
    log: createQuietLog(),
  });
  lease.start();
  return { clock, bus, story, lease };
}

test('a lease is renewed in time for ever', async () => {
  const { clock, bus, story, lease } = openLease();
  await passTime(clock, 60_000);
  expect(story).toEqual(['gained']);
  expect(lease.heldForMs()).toBe(60_000);
  expect(await bus.leases.list()).toEqual([{ ...LEASE, draining: false, trunks: {} }]);
});

test('a short outage costs nothing; a long one costs the lease, before the others see it gone', async () => {
  const { clock, bus, story, lease } = openLease();
  await settle();
  bus.isAway = true;
  await passTime(clock, 6_000);
  bus.isAway = false;
  await passTime(clock, 4_000);
  expect(story).toEqual(['gained']);
  bus.isAway = true;
  await passTime(clock, 9_600);
  expect(story).toEqual(['gained', 'lost']);
  expect(lease.heldForMs()).toBe(0);
  bus.isAway = false;
  await passTime(clock, 3_400);
  expect(story).toEqual(['gained', 'lost', 'gained']);
  expect(lease.heldForMs()).toBeLessThan(3_400);
});

test('a draining dialer says so, and one that goes leaves no lease', async () => {
  const { clock, bus, lease } = openLease();
  await settle();
  await lease.setDraining();
  expect((await bus.leases.list())[0]?.draining).toBe(true);
  await lease.release();
  expect(await bus.leases.list()).toEqual([]);
  await passTime(clock, 20_000);
  expect(await bus.leases.list()).toEqual([]);
  expect(clock.pending()).toBe(0);
});

async function holdCall() {
  const bench = createCallBench({ mayNote: () => ownership.isSure() });
  const sure: boolean[] = [];
  const calls = createHeldCalls({ maxCalls: 10, onRoom: () => {} });
  const ownership = createOwnership({
    dialerId: 'd1',
    calls,
    notes: bench.bus.notes,
    fences: bench.bus.fences,
    clock: bench.clock,
    onSure: (is) => sure.push(is),
    log: bench.log,
  });
  ownership.leaseGained();
  await settle();
  const record = queuedRecord();
  const { sid } = record.call;
  await bench.bus.fences.claim(sid, { owner: 'd1', kind: 'dialer', claimId: 'mine', at: LEASE.startedAt });
  calls.reserve(record);
  const call = placeCall(bench.orderOf(record, 'mine'), bench.surroundings);
  calls.begin(call);
  await settle();
  bench.invites[0]?.handlers.onAnswered({
    status: 200,
    reason: 'OK',
    remoteTag: 'b',
    body: Buffer.from('sdp'),
    contentType: 'application/sdp',
    dialog: DIALOG,
  });
  await settle();
  const note = async () => {
    const found = await bench.bus.notes.read('d1', sid);
    if (!found) throw new Error('the call has no note');
    return found;
  };
  return { ...bench, ownership, sure, call, sid, note };
}

test('calls that nobody took while the lease was lost go on', async () => {
  const at = await holdCall();
  at.ownership.leaseLost();
  at.ownership.leaseGained();
  await passTime(at.clock, 6_000);
  expect(at.sure).toEqual([true, false, true]);
  expect(at.call.stateName()).toBe('talking');
});

test('a call that was taken over while the lease was lost is hung up on', async () => {
  const at = await holdCall();
  at.ownership.leaseLost();
  const { entry, key, revision } = await at.note();
  await at.bus.notes.takeOver(key, { ...entry, owner: 'd2' }, revision);
  at.ownership.leaseGained();
  await settle();
  expect(at.call.stateName()).toBe('hanging-up');
  expect(at.invites[0]?.byes).toEqual([16]);
  expect((await at.note()).entry.owner).toBe('d2');
});

test('a takeover that was finished meanwhile is seen by the missing note', async () => {
  const at = await holdCall();
  at.ownership.leaseLost();
  const { key, revision } = await at.note();
  await at.bus.notes.removeAt(key, revision);
  at.ownership.leaseGained();
  await settle();
  expect(at.call.stateName()).toBe('hanging-up');
});

test('a takeover just after the lease came back is seen by the second look', async () => {
  const at = await holdCall();
  at.ownership.leaseLost();
  at.ownership.leaseGained();
  await settle();
  const { entry, key, revision } = await at.note();
  await at.bus.notes.takeOver(key, { ...entry, owner: 'd2' }, revision);
  expect(at.call.stateName()).toBe('talking');
  await passTime(at.clock, 5_100);
  expect(at.call.stateName()).toBe('hanging-up');
});

test('while it is unsure whose the calls are, no note is written and no call is taken', async () => {
  const at = await holdCall();
  at.ownership.leaseLost();
  const before = (await at.note()).revision;
  at.bus.isAway = true;
  at.ownership.leaseGained();
  await settle();
  at.bus.isAway = false;
  at.call.feed({ kind: 'script-over' });
  await passTime(at.clock, 5_500);
  expect(at.ownership.isSure()).toBe(false);
  expect((await at.note()).revision).toBe(before);
  await passTime(at.clock, 1_000);
  expect(at.ownership.isSure()).toBe(true);
});
