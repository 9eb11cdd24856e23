import type { DialCall, Fence } from '@trunkline/contracts';
import { DelayJobError, PutBackError } from '@trunkline/queue';
import { expect, test } from 'vitest';
import { createHeldCalls } from '../call/live-calls.js';
import { placeCall } from '../call/place-call.js';
import { FateUnknownError, NotAdmittingError } from '../errors.js';
import { settleLostClaim } from '../lost/settle-lost-claim.js';
import { GRACE_MS } from '../lost/take-over.js';
import { type BenchChanges, createCallBench, createSilentMedia } from '../testing/call-bench.js';
import { passTime, settle } from '../testing/pass-time.js';
import { queuedRecord } from '../testing/queued-record.js';
import { trunkOf } from '../testing/trunk-bench.js';
import { createAdmission } from './admission.js';
import { createJobHandler, type JobResult, type TakeJobsOptions } from './take-jobs.js';

const DEAD: Fence = { owner: 'd9', kind: 'dialer', claimId: 'other', at: '2026-11-24T12:00:00.000Z' };
/** Half a minute after the fence. */
const RECONCILED = { reconciledAt: '2026-11-24T12:00:30.000Z' };
const LEASE = { dialerId: 'd9', sipAddress: '', startedAt: DEAD.at, draining: false, trunks: {} };

function openDesk(changes: Partial<TakeJobsOptions> & BenchChanges = {}, maxCalls = 10) {
  const bench = createCallBench(changes.trunks ? { trunks: changes.trunks } : {});
  const { bus, clock, surroundings } = bench;
  const admission = createAdmission([]);
  const calls = createHeldCalls({ maxCalls, onRoom: (room) => admission.set('full', !room) });
  const results: JobResult[] = [];
  const opened: ReturnType<typeof createSilentMedia>[] = [];
  let claims = 0;
  let heldForMs = GRACE_MS;
  const newFence = (): Fence => ({ ...DEAD, owner: 'd1', claimId: `claim-${++claims}` });
  const teller = { source: 'd1', now: surroundings.now, chargeFor: surroundings.chargeFor };
  const handle = createJobHandler({
    ...teller,
    admission,
    calls,
    claim: (callSid, fence) => bus.fences.claim(callSid, fence),
    newFence,
    openMedia: async () => {
      const media = createSilentMedia();
      opened.push(media);
      return media;
    },
    openRoutes: bench.trunks.openRoutes,
    place: (order) => placeCall(order, surroundings),
    settleLostClaim: (record, claim) =>
      settleLostClaim(record, claim, {
        ...teller,
        dialerId: 'd1',
        fences: bus.fences,
        leases: bus.leases,
        notes: bus.notes,
        heldForMs: () => heldForMs,
        events: bus.events,
      }),
    events: bus.events,
    clock,
    jobMaxAgeMs: 3_600_000,
    onResult: (result) => void results.push(result),
    log: bench.log,
    ...changes,
  });
  const setHeldForMs = (ms: number) => {
    heldForMs = ms;
  };
  return { ...bench, admission, calls, results, opened, handle, setHeldForMs };
}

test('a job is done once its call is claimed and noted, and however often it comes it is dialed once', async () => {
  const desk = openDesk();
  const job = queuedRecord();
  await Promise.all([desk.handle(job), desk.handle(job)]);
  await desk.handle(job);
  expect(desk.results.sort()).toEqual(['held', 'held', 'placed']);
  expect(desk.invites).toHaveLength(1);
  expect(desk.bus.note('d1', job.call.sid)).not.toBeNull();
});

test('a job that comes again after its call is over dials nobody', async () => {
  const desk = openDesk();
  const job = queuedRecord();
  await desk.handle(job);
  desk.invites[0]?.handlers.onEnded({ kind: 'no-response' });
  await settle();
  expect(desk.calls.size()).toBe(0);
  await desk.handle(job);
  expect(desk.invites).toHaveLength(1);
  expect(desk.bus.namesOf(job.call.sid)).toEqual(['initiated', 'failed']);
  expect(desk.opened.at(-1)?.log).toEqual(['close']);
});

test('a claim without an answer is tried again as the same claim, and the call is dialed once', async () => {
  let isLost = true;
  const desk = openDesk({
    claim: async (callSid, fence) => {
      const found = await desk.bus.fences.read(callSid);
      const claim = await desk.bus.fences.claim(callSid, fence);
      if (isLost) throw Object.assign(new Error('no answer'), { retryable: true });
      return found?.fence.claimId === fence.claimId ? { won: true } : claim;
    },
  });
  const done = desk.handle(queuedRecord());
  await passTime(desk.clock, 1_200);
  expect(desk.invites).toHaveLength(0);
  isLost = false;
  await passTime(desk.clock, 600);
  await done;
  expect(desk.invites).toHaveLength(1);
});

test('while draining a claim without an answer is given up', async () => {
  const desk = openDesk({
    claim: () => Promise.reject(Object.assign(new Error('no answer'), { retryable: true })),
  });
  const done = desk.handle(queuedRecord());
  await settle();
  desk.admission.set('draining', true);
  desk.clock.advance(500);
  await expect(done).rejects.toThrow('no answer');
  expect(desk.calls.size()).toBe(0);
  expect(desk.opened[0]?.log).toEqual(['close']);
});

test('nothing is taken while something stands against it', async () => {
  const desk = openDesk({}, 1);
  await desk.handle(queuedRecord());
  await expect(desk.handle(queuedRecord())).rejects.toThrow(NotAdmittingError);
  desk.admission.set('no-lease', true);
  await expect(desk.handle(queuedRecord())).rejects.toThrow('full, no-lease');
});

test('a call that waited too long for a dialer fails as expired, and rings nobody', async () => {
  const desk = openDesk({ jobMaxAgeMs: -1 });
  const job = queuedRecord();
  await desk.handle(job);
  expect(desk.bus.told.map(({ data }) => [data.status, data.endReason])).toEqual([['failed', 'expired']]);
  expect(desk.invites).toHaveLength(0);
  expect(desk.results).toEqual(['expired']);
});

test('an end that is asked for while the claim is under way ends the call before its INVITE', async () => {
  let answer = () => {};
  const desk = openDesk({
    claim: async (callSid, fence) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return desk.bus.fences.claim(callSid, fence);
    },
  });
  const job = queuedRecord();
  const done = desk.handle(job);
  await settle();
  expect(desk.calls.end({ callSid: job.call.sid, status: 'canceled' })).toMatchObject({ result: 'ending' });
  answer();
  await done;
  expect(desk.invites).toHaveLength(0);
  expect(desk.bus.namesOf(job.call.sid)).toEqual(['canceled']);
});

test('what a dialer does not take goes to the others at once; what none knows yet comes again later', () => {
  expect(new NotAdmittingError(['full'])).toBeInstanceOf(PutBackError);
  expect(new FateUnknownError('d9')).not.toBeInstanceOf(PutBackError);
});

const noAnswer = () => Object.assign(new Error('no answer'), { retryable: true });

test('a call that grows too old while its claim waits for an answer fails as expired, and rings nobody', async () => {
  let isLost = true;
  const desk = openDesk({
    claim: (callSid, fence) => (isLost ? Promise.reject(noAnswer()) : desk.bus.fences.claim(callSid, fence)),
    jobMaxAgeMs: 60_000,
  });
  const done = desk.handle(queuedRecord());
  await passTime(desk.clock, 61_000);
  isLost = false;
  await passTime(desk.clock, 1_000);
  await done;
  expect(desk.results).toEqual(['expired']);
  expect(desk.bus.told.map(({ data }) => data.endReason)).toEqual(['expired']);
  expect(desk.invites).toHaveLength(0);
  expect(desk.opened[0]?.log).toEqual(['close']);
});

test('a call that cannot be begun gives its audio back and fails, for no other dialer may take it', async () => {
  const desk = openDesk({
    place: () => {
      throw new Error('a fault of ours');
    },
  });
  await desk.handle(queuedRecord());
  expect(desk.results).toEqual(['failed']);
  expect(desk.bus.told.map(({ data }) => [data.status, data.endReason])).toEqual([
    ['failed', 'media-failed'],
  ]);
  expect(desk.opened[0]?.log).toEqual(['close']);
  expect(desk.calls.size()).toBe(0);
});

test('a call that cannot go on after it began fails as well, and leaves nothing', async () => {
  const desk = openDesk({
    place: (order) => {
      const call = placeCall(order, desk.surroundings);
      return Object.assign(call, { noted: Promise.reject(new Error('a fault of ours')) });
    },
  });
  await desk.handle(queuedRecord());
  await settle();
  expect(desk.results).toEqual(['failed']);
  expect(desk.bus.told.at(-1)?.data).toMatchObject({ status: 'failed', endReason: 'media-failed' });
});

test('a job in hand when the dialer is asked to stop goes back unclaimed', async () => {
  const media = createSilentMedia();
  const desk = openDesk({
    openMedia: async () => {
      desk.admission.set('draining', true);
      return media;
    },
  });
  const job = queuedRecord();
  await expect(desk.handle(job)).rejects.toThrow(NotAdmittingError);
  expect(await desk.bus.fences.read(job.call.sid)).toBeNull();
  expect(media.log).toEqual(['close']);
});

test('a call that takes the last place and the last port is placed', async () => {
  const desk = openDesk(
    {
      openMedia: async () => {
        desk.admission.set('no-ports', true);
        return createSilentMedia();
      },
    },
    1,
  );
  await desk.handle(queuedRecord());
  expect(desk.admission.obstacles()).toEqual(['full', 'no-ports']);
  expect(desk.results).toEqual(['placed']);
});

test.each([
  ['a dialer that lives', { lease: true, note: false, job: RECONCILED }],
  ['a dead dialer whose note the takeover will find', { lease: false, note: true, job: RECONCILED }],
  ['a dead dialer that may have ended the call well', { lease: false, note: false, job: {} }],
  [
    'a dead dialer that had hardly begun when history was asked',
    { lease: false, note: false, job: { reconciledAt: '2026-11-24T12:00:29.999Z' } },
  ],
])('a fence held by %s is left alone', async (_, { lease, note, job: mark }) => {
  const desk = openDesk();
  const job: DialCall = { ...queuedRecord(), ...mark };
  await desk.bus.fences.claim(job.call.sid, DEAD);
  if (lease) await desk.bus.leases.renew(LEASE);
  if (note) await desk.bus.notes.put({ owner: 'd9', record: job, dialog: null });
  await desk.handle(job);
  expect(desk.results).toEqual(['held']);
  expect(desk.bus.told).toEqual([]);
  expect(desk.invites).toHaveLength(0);
});

test('a dialer that died between fence and note left a call that fails, once, and does not ring', async () => {
  const desk = openDesk();
  const job: DialCall = { ...queuedRecord(), ...RECONCILED };
  await desk.bus.fences.claim(job.call.sid, DEAD);
  desk.setHeldForMs(GRACE_MS - 1);
  await expect(desk.handle(job)).rejects.toThrow(FateUnknownError);
  desk.setHeldForMs(GRACE_MS);
  await Promise.all([desk.handle(job), desk.handle({ ...job }).catch(() => {})]);
  await desk.handle(job);
  expect(desk.bus.told.map(({ data }) => [data.status, data.endReason])).toEqual([['failed', 'dialer-lost']]);
  expect(desk.invites).toHaveLength(0);
});

test('an end that the api decided and could not tell any more is told under its own id', async () => {
  const desk = openDesk();
  const job = queuedRecord();
  await desk.bus.fences.claim(job.call.sid, { ...DEAD, kind: 'api' });
  await desk.handle(job);
  expect(desk.bus.told).toEqual([]);
  await desk.handle({ ...job, ...RECONCILED });
  expect(desk.results).toEqual(['held', 'ended']);
  expect(desk.bus.told).toMatchObject([
    {
      id: `${job.call.sid}:2`,
      data: { status: 'canceled', endReason: 'cancel-requested', hangupSide: 'local', price: '0.00' },
    },
  ]);
  expect(desk.invites).toHaveLength(0);
});

test('a fence of our own that no call of ours stands behind is ours to end', async () => {
  const desk = openDesk();
  const job = queuedRecord();
  await desk.bus.fences.claim(job.call.sid, { ...DEAD, owner: 'd1' });
  await desk.bus.leases.renew({ ...LEASE, dialerId: 'd1' });
  await desk.handle({ ...job, ...RECONCILED });
  expect(desk.bus.told.map(({ data }) => data.endReason)).toEqual(['dialer-lost']);
});

test('a takeover of a fence whose answer was lost is recognised when its job comes again', async () => {
  const desk = openDesk();
  const job: DialCall = { ...queuedRecord(), ...RECONCILED };
  await desk.bus.fences.claim(job.call.sid, DEAD);
  const { takeOver } = desk.bus.fences;
  desk.bus.fences.takeOver = async (...request) => {
    await takeOver(...request);
    throw noAnswer();
  };
  await expect(desk.handle(job)).rejects.toThrow('no answer');
  expect(desk.bus.told).toEqual([]);
  await desk.handle(job);
  expect(desk.bus.told.map(({ data }) => data.endReason)).toEqual(['dialer-lost']);
});

const LIMITED = [trunkOf({ maxChannels: 1 })];

test('a call whose trunks are all full comes again later, unclaimed, until it is too old', async () => {
  const desk = openDesk({ trunks: LIMITED });
  await desk.handle(queuedRecord());
  const job = queuedRecord();
  await expect(desk.handle(job)).rejects.toThrow(DelayJobError);
  expect(await desk.bus.fences.read(job.call.sid)).toBeNull();
  expect([desk.opened.length, desk.calls.size()]).toEqual([1, 1]);
  desk.invites[0]?.handlers.onEnded({ kind: 'no-response' });
  await settle();
  await desk.handle(job);
  expect(desk.invites).toHaveLength(2);
  const late = queuedRecord();
  await expect(desk.handle(late)).rejects.toThrow('has no channel left of 1');
  desk.clock.advance(3_600_001);
  await desk.handle(late);
  expect(desk.bus.told.at(-1)?.data).toMatchObject({ sid: late.call.sid, endReason: 'expired' });
});

test('a call waits for room no longer than until it is too old', async () => {
  const desk = openDesk({ trunks: LIMITED, jobMaxAgeMs: 500 });
  await desk.handle(queuedRecord());
  const late = queuedRecord();
  await expect(desk.handle(late)).rejects.toMatchObject({ delayMs: 501 });
  desk.clock.advance(501);
  await desk.handle(late);
  expect(desk.bus.told.at(-1)?.data).toMatchObject({ sid: late.call.sid, endReason: 'expired' });
});

test.each<[string, Partial<TakeJobsOptions>]>([
  ['whose fence is another’s', { claim: async () => ({ won: false, held: DEAD, revision: 1 }) }],
  ['whose claim fails', { claim: () => Promise.reject(new Error('no bus')) }],
  ['that gets no port', { openMedia: () => Promise.reject(new NotAdmittingError(['no-ports'])) }],
  [
    'that cannot be begun',
    {
      place: () => {
        throw new Error('a fault of ours');
      },
    },
  ],
])('a call %s gives its channel back', async (_, changes) => {
  const desk = openDesk({ trunks: LIMITED, ...changes });
  await desk.handle(queuedRecord()).catch(() => {});
  await settle();
  expect(desk.trunks.limits.held).toEqual([]);
});

test('a call for a client takes no trunk', async () => {
  const placed: unknown[] = [];
  const desk = openDesk({
    trunks: [],
    openRoutes: () => null,
    place: (order) => {
      placed.push(order.routes);
      throw new Error('enough');
    },
  });
  await desk.handle(queuedRecord());
  expect(placed).toEqual([null]);
});
