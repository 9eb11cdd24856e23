import type { Call, CallRecord } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { createCallBench, createSilentMedia, DIALOG } from '../testing/call-bench.js';
import { passTime, settle } from '../testing/pass-time.js';
import { ACCEPTED_AT, queuedRecord } from '../testing/queued-record.js';
import type { CallSurroundings } from './call-surroundings.js';
import { placeCall } from './place-call.js';

async function start(changes: Partial<CallSurroundings> = {}, record: CallRecord = queuedRecord()) {
  const bench = createCallBench(changes);
  const media = createSilentMedia();
  const call = placeCall({ record, claimId: 'claim-1', media }, bench.surroundings);
  await settle();
  const { sid } = record.call;
  const invite = (n = 0) => {
    const sent = bench.invites[n];
    if (!sent) throw new Error(`INVITE ${n} did not leave`);
    return sent;
  };
  const ring = (n = 0) =>
    invite(n).handlers.onProvisional({
      status: 180,
      reason: 'Ringing',
      remoteTag: 'b',
      contentType: null,
      body: Buffer.alloc(0),
    });
  const answer = (sdp = 'their answer', n = 0) =>
    invite(n).handlers.onAnswered({
      status: 200,
      reason: 'OK',
      remoteTag: 'b',
      body: Buffer.from(sdp),
      contentType: 'application/sdp',
      dialog: DIALOG,
    });
  const isOver = async () => {
    await passTime(bench.clock, 100);
    return Promise.race([call.over.then(() => true), settle().then(() => false)]);
  };
  const last = () => bench.bus.told.at(-1)?.data;
  return { ...bench, media, call, sid, invite, ring, answer, isOver, last };
}

function instructed(changes: Partial<Call['instructions']>): CallRecord {
  const record = queuedRecord();
  record.call.instructions = { ...record.call.instructions, ...changes };
  return record;
}

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
  const order = { record: queuedRecord(), claimId: 'c', media: createSilentMedia() };
  const call = placeCall(order, bench.surroundings);
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
  const call = placeCall({ record, claimId: 'c', media: createSilentMedia() }, bench.surroundings);
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
  const call = placeCall({ record, claimId: 'c', media: createSilentMedia() }, bench.surroundings);
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
  });
  expect(await at.isOver()).toBe(true);
  expect(at.bus.namesOf(at.sid)).toEqual(['initiated', 'busy']);
  expect(at.last()).toMatchObject({ sipCode: 486, q850Cause: 17, hangupSide: 'remote', durationSeconds: 0 });
});

test('a trunk that fails hands the call to the next, which gets a whole INVITE of its own', async () => {
  const trunks = [
    { host: '192.0.2.1', port: 5060 },
    { host: '192.0.2.2', port: 5070, credentials: { username: 'u', password: 'p' } },
  ];
  const at = await start({ trunks });
  expect(at.invite()).toMatchObject({
    requestUri: 'sip:+15551230001@192.0.2.1:5060',
    offer: 'our offer',
    firstResponseTimeoutMs: 4_000,
  });
  at.invite().handlers.onEnded({ kind: 'no-response' });
  await settle();
  expect(at.invite(1)).toMatchObject({
    requestUri: 'sip:+15551230001@192.0.2.2:5070',
    targets: [{ host: '192.0.2.2', port: 5070 }],
    credentials: { username: 'u', password: 'p' },
  });
  expect(at.invite(1).firstResponseTimeoutMs).toBeUndefined();
  at.invite(1).handlers.onEnded({ kind: 'unreachable', error: new Error('ECONNREFUSED') });
  expect(await at.isOver()).toBe(true);
  expect(at.bus.namesOf(at.sid)).toEqual(['initiated', 'failed']);
  expect(at.last()).toMatchObject({ endReason: 'unreachable' });
});

test('the record lists each INVITE with its trunk, its times and what came of it', async () => {
  const trunks = [1, 2].map((n) => ({ host: `192.0.2.${n}`, port: 5060 }));
  const at = await start({ trunks });
  const open = { endedAt: null, sipCode: null, sipReason: null, failure: null };
  expect(at.last()?.attempts).toEqual([{ trunk: '192.0.2.1:5060', startedAt: ACCEPTED_AT, ...open }]);
  await passTime(at.clock, 1_000);
  at.invite().handlers.onEnded({
    kind: 'rejected',
    status: 503,
    reason: 'Service Unavailable',
    q850: null,
    retryAfterSeconds: null,
  });
  await passTime(at.clock, 1_100);
  const first = {
    trunk: '192.0.2.1:5060',
    startedAt: ACCEPTED_AT,
    endedAt: '2026-11-24T12:00:01.000Z',
    sipCode: 503,
    sipReason: 'Service Unavailable',
    failure: 'trunk-failed',
  };
  const second = { trunk: '192.0.2.2:5060', startedAt: '2026-11-24T12:00:01.000Z', ...open };
  expect(at.bus.note('d1', at.sid)?.record.call.attempts).toEqual([first, second]);
  at.answer('their answer', 1);
  const answered = { ...second, endedAt: '2026-11-24T12:00:02.100Z', sipCode: 200, sipReason: 'OK' };
  expect(at.last()).toMatchObject({ status: 'in-progress', attempts: [first, answered] });
  await passTime(at.clock, 3_000);
  at.invite(1).handlers.onEnded({ kind: 'bye', side: 'remote', q850: 16, status: null });
  expect(at.last()).toMatchObject({ status: 'completed', attempts: [first, answered] });
});

test('an INVITE that we take back failed for our reason, whether or not the far end says a last word', async () => {
  const at = await start();
  at.call.feed({ kind: 'end-requested', status: 'canceled' });
  const end = { kind: 'canceled', status: 487, reason: 'Request Terminated', lateAnswer: false } as const;
  at.invite().handlers.onEnded(end);
  expect(at.last()?.attempts).toMatchObject([{ sipCode: 487, failure: 'cancel-requested' }]);
  const silent = await start();
  await passTime(silent.clock, 64_000);
  const [attempt] = silent.last()?.attempts ?? [];
  expect(attempt).toMatchObject({ endedAt: silent.last()?.endTime, sipCode: null, failure: 'ring-timeout' });
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

test('a caller id is shown in place of the number that calls', async () => {
  const at = await start({}, instructed({ callerId: '+15557770000' }));
  expect(at.invite().from.uri).toBe('sip:+15557770000@192.0.2.9:5060');
  expect(at.last()?.from).toBe('+15559990000');
});

const SIP_AUTH = { username: 'anna', passwordSealed: 'c2VhbGVk' };
const trunks = [{ host: '192.0.2.1', port: 5060, credentials: { username: 'trunk', password: 'p' } }];

test("a call's own SIP credentials stand in place of the trunk's", async () => {
  const at = await start({ trunks }, instructed({ sipAuth: SIP_AUTH }));
  const password = `c2VhbGVk opened for ${at.sid}`;
  expect(at.invite().credentials).toEqual({ username: 'anna', password });
  expect(at.notes()).toEqual([]);
});

test("a SIP password that cannot be opened is told, and the trunk's own credentials are used", async () => {
  const openPassword = () => {
    throw new Error('another key');
  };
  const at = await start({ trunks, openPassword }, instructed({ sipAuth: SIP_AUTH }));
  expect(at.invite().credentials).toEqual({ username: 'trunk', password: 'p' });
  expect(at.notes()).toEqual([['error', 32202, expect.stringContaining('cannot be opened')]]);
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

test('what each trunk did is told to operators: in the log by call, in the numbers by trunk', async () => {
  const hosts = ['192.0.2.1', 'gone.example', '2001:db8::1', '192.0.2.4'];
  const gone = new Error('ENOTFOUND');
  const resolver = {
    resolve: async (host: string) => (host === 'gone.example' ? Promise.reject(gone) : host),
  };
  const at = await start({ trunks: hosts.map((host) => ({ host, port: 5060 })), resolver });
  const rejection = { kind: 'rejected', q850: null, retryAfterSeconds: null } as const;
  at.invite(0).handlers.onEnded({ ...rejection, status: 503, reason: 'Service Unavailable' });
  await settle();
  at.invite(1).handlers.onEnded({ kind: 'no-response' });
  await settle();
  at.invite(2).handlers.onEnded({ ...rejection, status: 486, reason: 'Busy Here' });
  expect(await at.isOver()).toBe(true);
  const callSid = at.sid;
  expect(at.log.fields).toMatchObject([
    { callSid, trunk: '192.0.2.1:5060', sipCode: 503, moreTrunks: true },
    { callSid, trunk: 'gone.example:5060', sipCode: null, err: gone },
    { callSid, trunk: '[2001:db8::1]:5060', sipCode: null, reason: 'trunk-failed' },
  ]);
  expect(at.legs).toEqual([
    ['192.0.2.1:5060', 'trunk-failed'],
    ['gone.example:5060', 'unreachable'],
    ['[2001:db8::1]:5060', 'trunk-failed'],
    ['192.0.2.4:5060', 'busy'],
  ]);
});

test('a call that cannot be written into SIP is not tried on every trunk', async () => {
  const trunks = [1, 2].map((n) => ({ host: `192.0.2.${n}`, port: 5060 }));
  let tries = 0;
  const invite = () => {
    tries += 1;
    throw Object.assign(new Error('a header would break'), { retryable: false });
  };
  const at = await start({ trunks, agent: { invite } });
  expect(await at.isOver()).toBe(true);
  expect(tries).toBe(1);
  expect(at.last()).toMatchObject({ status: 'failed', endReason: 'rejected', hangupSide: 'local' });
  expect(at.log.complaints).toEqual(['a trunk failed']);
});

test('a trunk whose name has no address counts as unreachable', async () => {
  const resolver = { resolve: async () => Promise.reject(new Error('ENOTFOUND')) };
  const at = await start({ resolver });
  expect(await at.isOver()).toBe(true);
  expect(at.last()).toMatchObject({ status: 'failed', endReason: 'unreachable' });
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

test('an answer given early and left out of the 200 is used: that of the phone that was lifted', async () => {
  const at = await start();
  for (const remoteTag of ['a', 'b', 'c']) {
    at.invite().handlers.onProvisional({
      status: 183,
      reason: 'Session Progress',
      remoteTag,
      contentType: 'application/sdp',
      body: Buffer.from(`early answer of ${remoteTag}`),
    });
  }
  at.answer('');
  expect(at.media.log).toContain('sdp early answer of b');
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
