import type { DialCall, Fence } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { createAdmission } from './admission.js';
import { createHeldCalls } from './call/live-calls.js';
import { placeCall } from './call/place-call.js';
import { NotAdmittingError } from './errors.js';
import { settleLostClaim } from './settle-lost-claim.js';
import { createJobHandler, type JobResult, type TakeJobsOptions } from './take-jobs.js';
import { GRACE_MS } from './take-over.js';
import { createCallBench, createSilentMedia } from './testing/call-bench.js';
import { passTime, settle } from './testing/pass-time.js';
import { queuedRecord } from './testing/queued-record.js';

const DEAD: Fence = { owner: 'd9', kind: 'dialer', claimId: 'other', at: '2026-11-24T12:00:00.000Z' };
const LEASE = { dialerId: 'd9', sipAddress: '', startedAt: DEAD.at, draining: false };

function openDesk(changes: Partial<TakeJobsOptions> = {}, maxCalls = 10) {
  const bench = createCallBench();
  const { bus, clock, surroundings } = bench;
  const admission = createAdmission([]);
  const calls = createHeldCalls({ maxCalls, onRoom: (room) => admission.set('full', !room) });
  const results: JobResult[] = [];
  const opened: ReturnType<typeof createSilentMedia>[] = [];
  let claims = 0;
  let heldForMs = GRACE_MS;
  const newFence = (): Fence => ({ ...DEAD, owner: 'd1', claimId: `claim-${++claims}` });
  const teller = { source: 'd1', now: () => new Date() };
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
    place: (order) => placeCall(order, surroundings),
    settleLostClaim: (record, claim) =>
      settleLostClaim(record, claim, {
        ...teller,
        dialerId: 'd1',
        fences: bus.fences,
        leases: bus.leases,
        notes: bus.notes,
        heldForMs: () => heldForMs,
        newFence,
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
      return found?.fence.claimId === fence.claimId ? { won: true, revision: claim.revision } : claim;
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
  const desk = openDesk({ now: () => new Date(Date.now() + 3_601_000) });
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

test.each([
  ['the api, which ended the call', { ...DEAD, kind: 'api' as const }, { lease: false, note: false }],
  ['a dialer that lives', DEAD, { lease: true, note: false }],
  ['a dead dialer whose note the takeover will find', DEAD, { lease: false, note: true }],
])('a fence held by %s is left alone', async (_, fence, { lease, note }) => {
  const desk = openDesk();
  const job = queuedRecord();
  await desk.bus.fences.claim(job.call.sid, fence);
  if (lease) await desk.bus.leases.renew(LEASE);
  if (note) await desk.bus.notes.put({ owner: 'd9', record: job, dialog: null });
  await desk.handle(job);
  expect(desk.results).toEqual(['held']);
  expect(desk.bus.told).toEqual([]);
  expect(desk.invites).toHaveLength(0);
});

test('a dialer that died between fence and note left a call that fails, once, and does not ring', async () => {
  const desk = openDesk();
  const job: DialCall = queuedRecord();
  await desk.bus.fences.claim(job.call.sid, DEAD);
  desk.setHeldForMs(GRACE_MS - 1);
  await expect(desk.handle(job)).rejects.toThrow(NotAdmittingError);
  desk.setHeldForMs(GRACE_MS);
  await Promise.all([desk.handle(job), desk.handle({ ...job }).catch(() => {})]);
  await desk.handle(job);
  expect(desk.bus.told.map(({ data }) => [data.status, data.endReason])).toEqual([['failed', 'dialer-lost']]);
  expect(desk.invites).toHaveLength(0);
});
