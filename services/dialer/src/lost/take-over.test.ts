import { expect, test } from 'vitest';
import { passTime } from '../testing/pass-time.js';
import { queuedRecord } from '../testing/queued-record.js';
import { createSmallFleet } from '../testing/small-fleet.js';

test('the calls of a dialer that died are hung up on, told and forgotten, once, whoever survives', async () => {
  const fleet = createSmallFleet();
  for (const id of ['d1', 'd2', 'd3']) fleet.live(id);
  const lost = await Promise.all([1, 2, 3].map(() => fleet.note('d1')));
  const kept = await fleet.note('d2');
  fleet.watch('d2', { holds: (sid) => sid === kept.record.call.sid });
  fleet.watch('d3');
  await passTime(fleet.clock, 5_000);
  expect(fleet.bus.told).toEqual([]);
  fleet.die('d1');
  await passTime(fleet.clock, 14_000);
  expect(fleet.byes).toHaveLength(3);
  for (const { record } of lost) {
    const { sid } = record.call;
    expect(fleet.bus.namesOf(sid)).toEqual(['failed']);
    expect(fleet.bus.note('d1', sid)).toBeNull();
  }
  expect(fleet.bus.told[0]).toMatchObject({
    sequence: 105,
    data: { status: 'failed', endReason: 'dialer-lost', hangupSide: 'local', price: '0.00' },
  });
  expect(fleet.bus.namesOf(kept.record.call.sid)).toEqual([]);
});

test('a call that was not answered gets no BYE, and is told all the same', async () => {
  const fleet = createSmallFleet();
  fleet.live('d2');
  const { record } = await fleet.note('d1', { dialog: null, record: queuedRecord({ status: 'ringing' }) });
  fleet.watch('d2');
  await passTime(fleet.clock, 3_000);
  expect(fleet.byes).toEqual([]);
  expect(fleet.bus.namesOf(record.call.sid)).toEqual(['failed']);
});

test('an INVITE that was under way is over with the dialer that sent it', async () => {
  const fleet = createSmallFleet();
  fleet.live('d2');
  const startedAt = '2026-11-24T11:59:00.000Z';
  const open = {
    trunk: 't',
    trunkSid: null,
    target: null,
    why: '',
    q850Cause: null,
    startedAt,
    endedAt: null,
    sipCode: null,
    sipReason: null,
    failure: null,
    error: null,
  };
  await fleet.note('d1', { dialog: null, record: queuedRecord({ attempts: [open] }) });
  fleet.watch('d2');
  await passTime(fleet.clock, 3_000);
  const over = { ...open, endedAt: '2026-11-24T12:00:00.000Z', failure: 'dialer-lost' };
  expect(fleet.bus.told[0]?.data.attempts).toEqual([over]);
});

test('an end that the dead dialer noted is told as it was, under the same id', async () => {
  const fleet = createSmallFleet();
  fleet.live('d2');
  const endTime = '2026-11-24T11:59:00.000Z';
  const ended = queuedRecord({ status: 'completed', endTime, endReason: 'hangup', price: '0.07' });
  const { record } = await fleet.note('d1', { dialog: null, record: { ...ended, sequence: 3 } });
  fleet.watch('d2');
  await passTime(fleet.clock, 3_000);
  expect(fleet.bus.told).toHaveLength(1);
  expect(fleet.bus.told[0]).toMatchObject({ id: `${record.call.sid}:3`, sequence: 3, data: ended.call });
});

test('a taker that dies half way is followed by another', async () => {
  const fleet = createSmallFleet();
  for (const id of ['d2', 'd3']) fleet.live(id);
  const { record } = await fleet.note('d1');
  const never = () => new Promise<void>(() => {});
  const { takeOver } = fleet.watch('d2', { hangUp: never });
  await passTime(fleet.clock, 3_000);
  expect(fleet.bus.note('d1', record.call.sid)?.owner).toBe('d2');
  takeOver.stop();
  fleet.die('d2');
  fleet.watch('d3');
  await passTime(fleet.clock, 80_000);
  expect(fleet.byes.map(({ by }) => by)).toEqual(['d3']);
  expect(fleet.bus.note('d1', record.call.sid)).toBeNull();
  expect(fleet.bus.namesOf(record.call.sid)).toEqual(['failed']);
});

test('what a taker leaves half done is found as soon as it is gone', async () => {
  const fleet = createSmallFleet();
  for (const id of ['d2', 'd3']) fleet.live(id);
  const { record } = await fleet.note('d1');
  const never = () => new Promise<void>(() => {});
  const { takeOver } = fleet.watch('d2', { hangUp: never });
  await passTime(fleet.clock, 1_000);
  fleet.watch('d3');
  await passTime(fleet.clock, 4_000);
  expect(fleet.bus.note('d1', record.call.sid)?.owner).toBe('d2');
  takeOver.stop();
  fleet.die('d2');
  await passTime(fleet.clock, 13_000);
  expect(fleet.byes.map(({ by }) => by)).toEqual(['d3']);
  expect(fleet.bus.note('d1', record.call.sid)).toBeNull();
});

test('after an outage nobody counts as dead before they had the time to come back', async () => {
  const fleet = createSmallFleet();
  for (const id of ['d1', 'd2']) fleet.live(id);
  await fleet.note('d1');
  let heldForMs = 60_000;
  const { log } = fleet.watch('d2', { heldForMs: () => heldForMs });
  await passTime(fleet.clock, 3_000);
  fleet.bus.isAway = true;
  await passTime(fleet.clock, 20_000);
  expect(log.complaints).toContain('could not look for the calls of lost dialers');
  heldForMs = 0;
  fleet.bus.isAway = false;
  await passTime(fleet.clock, 4_000);
  heldForMs = 60_000;
  await passTime(fleet.clock, 70_000);
  expect(fleet.bus.told).toEqual([]);
});

test('calls that this process holds are never its own orphans', async () => {
  const fleet = createSmallFleet();
  fleet.live('d2');
  const mine = await fleet.note('d2');
  fleet.watch('d2', { holds: (sid) => sid === mine.record.call.sid });
  await passTime(fleet.clock, 70_000);
  expect(fleet.bus.told).toEqual([]);
});

test('a takeover that the bus interrupts is brought to its end later', async () => {
  const fleet = createSmallFleet();
  fleet.live('d2');
  const { record } = await fleet.note('d1');
  let isBroken = true;
  const hangUp = async () => {
    if (isBroken) throw new Error('the socket is closed');
  };
  fleet.watch('d2', { hangUp });
  await passTime(fleet.clock, 5_000);
  expect(fleet.bus.note('d1', record.call.sid)).not.toBeNull();
  isBroken = false;
  await passTime(fleet.clock, 61_000);
  expect(fleet.bus.note('d1', record.call.sid)).toBeNull();
  expect(fleet.bus.namesOf(record.call.sid)).toEqual(['failed']);
});
