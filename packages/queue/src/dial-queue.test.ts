import type { DialCall } from '@trunkline/contracts';
import { mintSid } from '@trunkline/contracts';
import { Log } from '@trunkline/contracts/testing';
import { Queue } from 'bullmq';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DialQueue, openDialQueue } from './dial-queue.js';
import { type DialWorker, type DialWorkerOptions, startDialWorker } from './dial-worker.js';
import { DelayJobError, PutBackError, QueueUnavailableError } from './errors.js';
import { keyPrefix } from './queue-options.js';
import { createTestQueue, dialCall, layCable, type TestQueue } from './testing.js';

let cluster: TestQueue;
let queue: DialQueue;
let taken: Log<DialCall>;
let workers: DialWorker[];

beforeEach(() => {
  cluster = createTestQueue(process.env.TEST_REDIS_URL);
  queue = openDialQueue(cluster.options);
  taken = new Log();
  workers = [];
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await queue.close();
  await cluster.drop();
});

function start(more: Partial<DialWorkerOptions> = {}): DialWorker {
  const handler = async (job: DialCall) => taken.add(job);
  const worker = startDialWorker({ ...cluster.options, concurrency: 10, handler, ...more });
  workers.push(worker);
  return worker;
}

const sids = (jobs: DialCall[]) => jobs.map((job) => job.call.sid).sort();

test('each call is taken once, by one of the workers, with all that was ordered', async () => {
  start();
  start();
  const jobs = Array.from({ length: 200 }, () => dialCall());
  await Promise.all(jobs.map((job) => queue.add(job)));
  await taken.until('every job', (entries) => entries.length >= jobs.length);
  expect(sids(taken.entries)).toEqual(sids(jobs));
  const [first] = jobs as [DialCall];
  expect(taken.entries.find((job) => job.call.sid === first.call.sid)).toEqual(first);
});

test('a call that is added again is in the queue once', async () => {
  const job = dialCall();
  await Promise.all([queue.add(job), queue.add(job), queue.add(job)]);
  expect(await cluster.counts()).toMatchObject({ waiting: 1, active: 0, delayed: 0 });
});

test('a call can be looked up while it waits and after it was taken', async () => {
  const job = dialCall();
  await queue.add(job);
  expect(await queue.peek(job.call.sid)).toEqual(job);
  start();
  await taken.until('the job', (entries) => entries.length === 1);
  expect(await queue.peek(job.call.sid)).toEqual(job);
  expect(await queue.peek(mintSid('CA'))).toBeNull();
});

test('a call that was taken out is not dialed', async () => {
  const [ended, kept] = [dialCall(), dialCall()];
  await queue.add(ended);
  await queue.add(kept);
  await queue.remove(ended.call.sid);
  await queue.remove(mintSid('CA'));
  start();
  await taken.until('the other job', (entries) => entries.length === 1);
  expect(sids(taken.entries)).toEqual([kept.call.sid]);
  expect(await queue.peek(ended.call.sid)).toBeNull();
});

test('a job whose handler fails comes again', async () => {
  let attempts = 0;
  const handler = async (job: DialCall) => {
    attempts += 1;
    if (attempts === 1) throw new Error('the bus is away');
    taken.add(job);
  };
  start({ handler });
  await queue.add(dialCall());
  await taken.until('the second attempt', (entries) => entries.length === 1);
  expect(attempts).toBe(2);
});

test('a job that is no dial order is reported and removed, and holds up nobody', async () => {
  const poison = new Log<[unknown, Error]>();
  const foreign = new Queue('dial', {
    connection: cluster.redis,
    prefix: keyPrefix(cluster.options.namespace),
  });
  await foreign.add('dial', { call: { sid: 'nonsense' } }, { jobId: 'broken' });
  const job = dialCall();
  await queue.add(job);
  start({ onPoison: (raw, error) => poison.add([raw, error]) });
  await taken.until('the good job', (entries) => entries.length === 1);
  await poison.until('the poison', (entries) => entries.length === 1);
  expect(poison.entries[0]?.[0]).toEqual({ call: { sid: 'nonsense' } });
  expect(poison.entries[0]?.[1].name).toBe('MalformedJobError');
  await expect.poll(() => foreign.getJob('broken')).toBeUndefined();
  await foreign.close();
});

test('a paused worker takes nothing until it is resumed', async () => {
  const worker = start({ startPaused: true });
  await queue.add(dialCall());
  worker.resume();
  await taken.until('the first job', (entries) => entries.length === 1);
  worker.pause();
  const job = dialCall();
  await queue.add(job);
  const other = new Log<DialCall>();
  start({ handler: async (one) => other.add(one) });
  await other.until('the job at the other worker', (entries) => entries.length === 1);
  expect(taken.entries).toHaveLength(1);
  expect(sids(other.entries)).toEqual([job.call.sid]);
});

test('closing waits for the handlers under way', async () => {
  const began = new Log<string>();
  let finish = () => {};
  const handler = () =>
    new Promise<void>((resolve) => {
      finish = resolve;
      began.add('began');
    });
  const worker = start({ handler });
  await queue.add(dialCall());
  await began.until('the handler', (entries) => entries.length === 1);
  let closed = false;
  const closing = worker.close().then(() => {
    closed = true;
  });
  await queue.peek(mintSid('CA'));
  expect(closed).toBe(false);
  finish();
  await closing;
  expect(await cluster.counts()).toMatchObject({ waiting: 0, active: 0, delayed: 0 });
});

test('after a wipe of Redis the workers take what is added again, also what was under way', async () => {
  const faults: Error[] = [];
  let finish = () => {};
  const handler = async (job: DialCall) => {
    taken.add(job);
    if (taken.entries.length === 1)
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
  };
  start({ handler, onError: (error) => faults.push(error) });
  const [first, second] = [dialCall(), dialCall()];
  await queue.add(first);
  await taken.until('the first job', (entries) => entries.length === 1);
  await cluster.wipe();
  await queue.add(first);
  await queue.add(second);
  await taken.until('both jobs again', (entries) => entries.length === 3);
  expect(sids(taken.entries.slice(1))).toEqual(sids([first, second]));
  finish();
  const third = dialCall();
  await queue.add(third);
  await taken.until('a later job', (entries) => entries.length === 4);
});

test('a Redis that cannot be reached is an answer within a second, and no crash', async () => {
  const faults: Error[] = [];
  const nowhere = {
    url: 'redis://127.0.0.1:1',
    namespace: 'x',
    onError: (error: Error) => faults.push(error),
  };
  const lost = openDialQueue(nowhere);
  const startedMs = performance.now();
  await expect(lost.add(dialCall())).rejects.toThrow(QueueUnavailableError);
  expect(performance.now() - startedMs).toBeLessThan(1_500);
  await expect(lost.peek(mintSid('CA'))).rejects.toThrow(QueueUnavailableError);
  expect(faults).toHaveLength(1);
  const worker = startDialWorker({ ...nowhere, concurrency: 1, handler: async () => {} });
  await Promise.all([lost.close(), worker.close()]);
});

test('when Redis comes back, adding and taking go on by themselves', async () => {
  const cable = await layCable(cluster.options.url);
  const states = new Log<boolean>();
  const options = { ...cluster.options, url: cable.url };
  const far = openDialQueue({ ...options, onAvailability: (up) => states.add(up) });
  start({ ...options, onError: () => {} });
  const [before, after] = [dialCall(), dialCall()];
  await far.add(before);
  await taken.until('the job before', (entries) => entries.length === 1);
  await cable.cut();
  await states.until('the loss', (entries) => entries.includes(false));
  const startedMs = performance.now();
  await expect(far.add(dialCall())).rejects.toThrow(QueueUnavailableError);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  await cable.mend();
  await states.until('the return', (entries) => entries.length === 3);
  expect(states.entries).toEqual([true, false, true]);
  await far.add(after);
  await taken.until('the job after', (entries) => entries.length === 2);
  expect(sids(taken.entries)).toEqual(sids([before, after]));
  await far.close();
  await cable.cut();
});

test('everything in Redis is under the prefix of its cluster', async () => {
  await queue.add(dialCall());
  expect((await cluster.keys()).length).toBeGreaterThan(0);
  const neighbour = createTestQueue(process.env.TEST_REDIS_URL);
  expect((await neighbour.counts()).waiting).toBe(0);
  await neighbour.drop();
});

const RECONCILED_AT = '2026-11-24T12:00:00.000Z';

test('what the reconciler says reaches the job that still waits', async () => {
  const job = dialCall();
  await queue.add(job);
  await queue.add({ ...job, reconciledAt: RECONCILED_AT });
  expect(await cluster.counts()).toMatchObject({ waiting: 1 });
  start();
  await taken.until('the job', (entries) => entries.length === 1);
  expect(taken.entries).toEqual([{ ...job, reconciledAt: RECONCILED_AT }]);
});

test('what the reconciler says of a call whose job was just done comes as a new job', async () => {
  const job = dialCall();
  start();
  await queue.add(job);
  await expect.poll(() => cluster.counts()).toMatchObject({ completed: 1 });
  await queue.add(job);
  await queue.add({ ...job, reconciledAt: RECONCILED_AT });
  await taken.until('the job again', (entries) => entries.length === 2);
  expect(taken.entries).toEqual([job, { ...job, reconciledAt: RECONCILED_AT }]);
});

test('what the reconciler says of a call whose job is in hand is heard at the next sweep', async () => {
  let finish = () => {};
  const handler = (job: DialCall) => {
    taken.add(job);
    return job.reconciledAt
      ? Promise.resolve()
      : new Promise<void>((resolve) => {
          finish = resolve;
        });
  };
  start({ handler });
  const job = dialCall();
  await queue.add(job);
  await taken.until('the job', (entries) => entries.length === 1);
  await queue.add({ ...job, reconciledAt: RECONCILED_AT });
  finish();
  await expect.poll(() => cluster.counts()).toMatchObject({ completed: 1, waiting: 0 });
  await queue.add({ ...job, reconciledAt: RECONCILED_AT });
  await taken.until('the job again', (entries) => entries.length === 2);
  expect(taken.entries[1]).toEqual({ ...job, reconciledAt: RECONCILED_AT });
});

test('a job that is put back goes to another worker, and is no failed attempt', async () => {
  class FullError extends PutBackError {
    override readonly name = 'FullError';
  }
  let refusals = 0;
  const full = start({
    handler: async () => {
      refusals += 1;
      throw new FullError('full');
    },
  });
  const job = dialCall();
  await queue.add(job);
  await expect.poll(() => refusals).toBeGreaterThan(0);
  start();
  await taken.until('the job at the other worker', (entries) => entries.length === 1);
  await expect.poll(() => cluster.attemptsMade(job.call.sid)).toBe(1);
  await full.close();
});

test('a job that is put back again and again costs neither attempts nor a busy loop', async () => {
  let refusals = 0;
  const handler = async (job: DialCall) => {
    refusals += 1;
    if (refusals < 4) throw new PutBackError('full');
    taken.add(job);
  };
  const startedMs = performance.now();
  start({ handler, concurrency: 1 });
  const job = dialCall();
  await queue.add(job);
  await taken.until('the fourth time', (entries) => entries.length === 1);
  expect(performance.now() - startedMs).toBeGreaterThan(3 * 240);
  await expect.poll(() => cluster.attemptsMade(job.call.sid)).toBe(1);
});

test('a job that its handler delays comes again after that, however often, and others go on meanwhile', async () => {
  let delays = 0;
  const late = dialCall();
  start({
    concurrency: 1,
    handler: async (job) => {
      const isLate = job.call.sid === late.call.sid;
      if (isLate && (delays < 3 || taken.entries.length === 0)) {
        delays += 1;
        throw new DelayJobError(150, 'the trunk is at its pace');
      }
      taken.add(job);
    },
  });
  const startedMs = performance.now();
  await queue.add(late);
  await expect.poll(() => delays).toBeGreaterThan(0);
  await queue.add(dialCall());
  const entries = await taken.until('both', (all) => all.length === 2);
  expect(entries[1]?.call.sid).toBe(late.call.sid);
  expect(performance.now() - startedMs).toBeGreaterThan(440);
  await expect.poll(() => cluster.attemptsMade(late.call.sid)).toBe(1);
});
