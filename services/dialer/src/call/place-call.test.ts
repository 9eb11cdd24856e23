import { expect, test } from 'vitest';
import { createCallBench, DIALOG } from '../testing/call-bench.js';
import { passTime, settle } from '../testing/pass-time.js';
import { instructed, start } from '../testing/placed-call.js';
import { queuedRecord } from '../testing/queued-record.js';
import { placeCall } from './place-call.js';

test('an answered call runs its markup, is hung up on when that is over, and leaves nothing', async () => {
  const at = await start();
  at.ring();
  await passTime(at.clock, 3_000);
  at.answer();
  await settle();
  expect(at.media.log).toEqual(['sdp their answer', 'start']);
  expect(at.scripts[0]?.call.status).toBe('in-progress');
  await passTime(at.clock, 5_500);
  at.scripts[0]?.end({ kind: 'ended', by: 'hangup' });
  await settle();
  expect(at.invite().byes).toEqual([16]);
  expect(at.bus.namesOf(at.sid)).toEqual(['initiated', 'ringing', 'in-progress', 'completed']);
  expect(at.last()).toMatchObject({ endReason: 'script-ended', hangupSide: 'local', durationSeconds: 5 });
  expect(at.last()).toMatchObject({ price: '5.00', priceUnit: 'USD' });
  expect(at.media.log.at(-1)).toBe('close');
  expect(at.bus.note('d1', at.sid)).not.toBeNull();
  at.invite().handlers.onEnded({ kind: 'bye', side: 'local', q850: null, status: 200 });
  expect(await at.isOver()).toBe(true);
  expect(at.bus.note('d1', at.sid)).toBeNull();
  expect(at.clock.pending()).toBe(0);
});

test('no INVITE leaves before the note of the call is acknowledged', async () => {
  const bench = createCallBench();
  bench.bus.isAway = true;
  const call = placeCall(bench.orderOf(queuedRecord()), bench.surroundings);
  await passTime(bench.clock, 20_000);
  expect(bench.invites).toHaveLength(0);
  expect(call.isNoted()).toBe(false);
  bench.bus.isAway = false;
  await passTime(bench.clock, 6_000);
  expect(call.isNoted()).toBe(true);
  expect(bench.invites).toHaveLength(1);
});

test('a call that is ended before its note is acknowledged never sends an INVITE', async () => {
  const bench = createCallBench();
  bench.bus.isAway = true;
  const record = queuedRecord();
  const call = placeCall(bench.orderOf(record), bench.surroundings);
  await settle();
  call.feed({ kind: 'end-requested', status: 'canceled' });
  bench.bus.isAway = false;
  await passTime(bench.clock, 6_000);
  await call.over;
  expect(bench.invites).toHaveLength(0);
  expect(bench.bus.namesOf(record.call.sid)).toEqual(['canceled']);
  expect(bench.bus.note('d1', record.call.sid)).toBeNull();
});

test('a call whose note took too long fails as expired, and no INVITE leaves', async () => {
  const bench = createCallBench({ jobMaxAgeMs: 60_000 });
  bench.bus.isAway = true;
  const record = queuedRecord();
  const call = placeCall(bench.orderOf(record), bench.surroundings);
  await passTime(bench.clock, 61_000);
  expect(bench.bus.told).toEqual([]);
  bench.bus.isAway = false;
  await passTime(bench.clock, 6_000);
  await call.over;
  expect(bench.invites).toHaveLength(0);
  expect(bench.bus.told.map(({ data }) => [data.status, data.endReason])).toEqual([['failed', 'expired']]);
  expect(bench.bus.note('d1', record.call.sid)).toBeNull();
});

test('an answer costs one write of the note, and none a second later', async () => {
  const at = await start();
  await passTime(at.clock, 1_100);
  const { put } = at.bus.notes;
  let writes = 0;
  at.bus.notes.put = (entry) => {
    writes += 1;
    return put(entry);
  };
  at.answer();
  await passTime(at.clock, 1_500);
  expect(writes).toBe(1);
});

test('the note has the dialog from the answer on, and is at most a second behind what was told', async () => {
  const at = await start();
  expect(at.bus.note('d1', at.sid)).toMatchObject({ owner: 'd1', record: { sequence: 1 }, dialog: null });
  at.ring();
  await passTime(at.clock, 1_100);
  expect(at.bus.note('d1', at.sid)?.record).toMatchObject({ sequence: 3, call: { status: 'ringing' } });
  at.answer();
  await settle();
  expect(at.bus.note('d1', at.sid)).toMatchObject({ record: { sequence: 4 }, dialog: DIALOG });
});

test('a busy number is told once, with its SIP code', async () => {
  const at = await start();
  at.invite().handlers.onEnded({
    kind: 'rejected',
    status: 486,
    reason: 'Busy Here',
    q850: 17,
    retryAfterSeconds: null,
    contacts: [],
  });
  expect(await at.isOver()).toBe(true);
  expect(at.bus.namesOf(at.sid)).toEqual(['initiated', 'busy']);
  expect(at.last()).toMatchObject({ sipCode: 486, q850Cause: 17, hangupSide: 'remote', durationSeconds: 0 });
});

test('a talk ends by itself when it took as long as it may', async () => {
  const at = await start({}, instructed({ timeLimitSeconds: 30 }));
  at.ring();
  await passTime(at.clock, 20_000);
  at.answer();
  await passTime(at.clock, 29_900);
  expect(at.last()?.status).toBe('in-progress');
  await passTime(at.clock, 150);
  expect(at.invite().byes).toEqual([16]);
  expect(at.scripts[0]?.signal.aborted).toBe(true);
  expect(at.last()).toMatchObject({ status: 'completed', endReason: 'time-limit', hangupSide: 'local' });
  at.invite().handlers.onEnded({ kind: 'bye', side: 'local', q850: null, status: 200 });
  expect(await at.isOver()).toBe(true);
  expect(at.clock.pending()).toBe(0);
});

test('a talk that ends before its limit leaves no timer', async () => {
  const at = await start({}, instructed({ timeLimitSeconds: 2_147_483_647 }));
  at.answer();
  await passTime(at.clock, 1_000);
  at.invite().handlers.onEnded({ kind: 'bye', side: 'remote', q850: 16, status: null });
  expect(at.last()).toMatchObject({ status: 'completed', endReason: 'hangup' });
  expect(await at.isOver()).toBe(true);
  expect(at.clock.pending()).toBe(0);
});

test('instructions that are kept and not carried out are told at the answer, one by one', async () => {
  const { instructions } = queuedRecord().call;
  const record = { channels: 'mono', track: 'both', trim: 'do-not-trim' } as const;
  const at = await start(
    {},
    instructed({
      sendDigits: 'ww1',
      record: { ...record, callbackUrl: null, callbackMethod: 'POST', callbackEvents: [] },
      machineDetection: { mode: 'Enable' } as NonNullable<typeof instructions.machineDetection>,
    }),
  );
  expect(at.notes()).toEqual([]);
  at.answer();
  expect(at.notes()).toEqual([
    ['warning', null, 'SendDigits: no keys are pressed; this release does not do it'],
    ['warning', null, 'Record: the call is not recorded; this release does not do it'],
    ['warning', null, 'MachineDetection: nobody finds out who answered; this release does not do it'],
  ]);
});

test('a phone that rings too long is canceled, and the far end has the last word', async () => {
  const record = queuedRecord();
  record.call.instructions.ringTimeoutSeconds = 10;
  const at = await start({}, record);
  at.ring();
  await passTime(at.clock, 10_100);
  expect(at.invite().canceled).toBe(1);
  expect(at.bus.namesOf(at.sid)).toEqual(['initiated', 'ringing']);
  at.invite().handlers.onEnded({
    kind: 'canceled',
    status: 487,
    reason: 'Request Terminated',
    lateAnswer: false,
  });
  expect(await at.isOver()).toBe(true);
  expect(at.last()).toMatchObject({ status: 'no-answer', endReason: 'ring-timeout', sipCode: 487 });
});

test('a far end that is silent after the CANCEL does not hold up the record, and the leg still ends by itself', async () => {
  const at = await start();
  await passTime(at.clock, 60_000);
  expect(at.bus.namesOf(at.sid)).toEqual(['initiated']);
  await passTime(at.clock, 4_000);
  expect(at.last()).toMatchObject({ status: 'no-answer', endReason: 'ring-timeout', sipCode: null });
  expect(await at.isOver()).toBe(false);
  at.invite().handlers.onEnded({ kind: 'canceled', status: 200, reason: 'OK', lateAnswer: true });
  expect(await at.isOver()).toBe(true);
  expect(at.bus.namesOf(at.sid)).toEqual(['initiated', 'no-answer']);
  expect(at.clock.pending()).toBe(0);
});

test('a leg that never ends does not hold its place for ever', async () => {
  const at = await start();
  at.call.feed({ kind: 'end-requested', status: 'canceled' });
  await passTime(at.clock, 91_000);
  expect(await at.isOver()).toBe(true);
  expect(at.last()).toMatchObject({ status: 'canceled' });
  expect(at.log.complaints).toContain('a leg did not end by itself');
});

test('an answer without usable audio is hung up on, and the call fails', async () => {
  const at = await start();
  at.answer('broken');
  await settle();
  expect(at.invite().byes).toEqual([16]);
  expect(at.last()).toMatchObject({ status: 'failed', endReason: 'media-failed' });
  expect(at.scripts).toHaveLength(0);
});

test('markup that fails fails the call', async () => {
  const at = await start();
  at.answer();
  at.scripts[0]?.end({ kind: 'failed', error: new Error('404') });
  await settle();
  expect(at.last()).toMatchObject({ status: 'failed', endReason: 'script-failed' });
});

test('when the far end hangs up, the markup stops', async () => {
  const at = await start();
  at.answer();
  await passTime(at.clock, 2_000);
  at.invite().handlers.onEnded({ kind: 'bye', side: 'remote', q850: 16, status: null });
  expect(at.scripts[0]?.signal.aborted).toBe(true);
  expect(await at.isOver()).toBe(true);
  expect(at.last()).toMatchObject({ status: 'completed', hangupSide: 'remote', endReason: 'hangup' });
});

test('a call that another dialer has taken over is hung up on in silence, and its note is left alone', async () => {
  const at = await start();
  at.answer();
  await settle();
  const told = at.bus.told.length;
  at.call.feed({ kind: 'disowned' });
  expect(at.invite().byes).toEqual([16]);
  at.invite().handlers.onEnded({ kind: 'bye', side: 'local', q850: null, status: 481 });
  expect(await at.isOver()).toBe(true);
  expect(at.bus.told).toHaveLength(told);
  expect(at.bus.note('d1', at.sid)).not.toBeNull();
});

test('a write that finds the note taken over hangs up as well', async () => {
  const at = await start();
  const found = await at.bus.notes.read('d1', at.sid);
  if (!found) throw new Error('the call has no note');
  await at.bus.notes.takeOver(found.key, { ...found.entry, owner: 'd2' }, found.revision);
  at.answer();
  await settle();
  expect(at.call.stateName()).toBe('hanging-up');
  expect(at.bus.note('d1', at.sid)?.owner).toBe('d2');
});

test('a re-INVITE gets our answer or our offer, and one that cannot be met is refused', async () => {
  const at = await start();
  at.answer();
  const { onReinvite, onReinviteAnswer } = at.invite().handlers;
  expect(onReinvite?.('hold')).toBe('our sdp');
  expect(onReinvite?.('broken')).toBeNull();
  onReinviteAnswer?.('their answer to our offer');
  expect(at.media.log.at(-1)).toBe('sdp their answer to our offer');
});

test('the note is removed only when the last event is acknowledged', async () => {
  let acknowledge = () => {};
  const settled = new Promise<void>((resolve) => {
    acknowledge = resolve;
  });
  const at = await start({ events: { publish: () => {}, settled: () => settled } });
  at.call.feed({ kind: 'media-failed' });
  at.invite().handlers.onEnded({
    kind: 'canceled',
    status: 487,
    reason: 'Request Terminated',
    lateAnswer: false,
  });
  expect(await at.isOver()).toBe(false);
  expect(at.bus.note('d1', at.sid)).not.toBeNull();
  acknowledge();
  expect(await at.isOver()).toBe(true);
});
