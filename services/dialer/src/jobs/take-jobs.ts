import type { Call, DialCall, EndReason, Fence } from '@trunkline/contracts';
import { isFinalStatus } from '@trunkline/contracts';
import { DelayJobError } from '@trunkline/queue';
import type { Clock } from '@trunkline/sip';
import type { CallEvents } from '../call/call-events.js';
import type { CallLog } from '../call/call-log.js';
import type { CallMedia } from '../call/call-surroundings.js';
import type { HeldCalls } from '../call/live-calls.js';
import type { CallOrder, PlacedCall } from '../call/place-call.js';
import { NotAdmittingError } from '../errors.js';
import { failCall } from '../lost/end-lost-call.js';
import type { FoundFence, LostClaim } from '../lost/settle-lost-claim.js';
import type { Teller } from '../next-event.js';
import type { Routes } from '../trunks/routes.js';
import type { Admission, Obstacle } from './admission.js';
import { isExpired, msToExpiry } from './is-expired.js';

export type Claim = { won: true } | ({ won: false } & FoundFence);

/** What became of a job. `failed`: a fault of ours while its call was begun. */
export type JobResult = 'placed' | 'expired' | 'failed' | LostClaim;

export interface TakeJobsOptions extends Teller {
  admission: Admission;
  calls: Pick<HeldCalls, 'has' | 'reserve' | 'begin' | 'release'>;
  claim: (callSid: string, fence: Fence) => Promise<Claim>;
  newFence: () => Fence;
  /** @throws NotAdmittingError when no port is free */
  openMedia: () => Promise<CallMedia>;
  /** The ways of a call over trunks; null when it is for a client. */
  openRoutes: (call: Call) => Routes | null;
  place: (order: CallOrder) => PlacedCall;
  settleLostClaim: (job: DialCall, found: FoundFence) => Promise<LostClaim>;
  events: CallEvents;
  clock: Clock;
  /** A call that waited longer than this for a dialer is not wanted any more. */
  jobMaxAgeMs: number;
  onResult: (result: JobResult) => void;
  log: CallLog;
}

/**
 * Makes the handler of dial jobs. It resolves once the call is claimed and noted, or is another's; from then on the call
 * belongs to the dialer and not to the queue. It rejects when another attempt, here or elsewhere, may do better.
 */
export function createJobHandler(options: TakeJobsOptions): (job: DialCall) => Promise<void> {
  return async (job) => {
    const { sid } = job.call;
    if (options.calls.has(sid) || isFinalStatus(job.call.status)) return options.onResult('held');
    options.onResult(await take(job, options));
  };
}

async function take(job: DialCall, options: TakeJobsOptions): Promise<JobResult> {
  const { admission, calls } = options;
  if (!admission.isOpen()) throw new NotAdmittingError(admission.obstacles());
  if (!calls.reserve(job)) throw new NotAdmittingError(['full']);
  try {
    return await (isTooOld(job, options) ? expire(job, options) : dial(job, options));
  } finally {
    calls.release(job.call.sid);
  }
}

/** What a call takes before it is claimed, so that no call fails here for want of what another dialer has, or later. */
interface Means {
  media: CallMedia;
  routes: Routes | null;
}

async function dial(job: DialCall, options: TakeJobsOptions): Promise<JobResult> {
  const means = await openMeans(job, options);
  const fence = options.newFence();
  const claim = await claimFor(job, fence, options).catch(async (error: unknown) => {
    await close(means, options);
    throw error;
  });
  // An answer may have taken hours, with the bus away.
  if (claim.won && !isTooOld(job, options)) return begin(job, { fence, ...means }, options);
  await close(means, options);
  return claim.won ? fail(job, 'expired', options) : options.settleLostClaim(job, claim);
}

/** @throws DelayJobError when each trunk of the account is at its limits: how long the call waits is bounded by its age */
async function openMeans({ call }: DialCall, options: TakeJobsOptions): Promise<Means> {
  const routes = options.openRoutes(call);
  try {
    const full = await routes?.reserve();
    // Not for longer than it may wait at all: its end is told in time.
    const leftMs = msToExpiry(call, options.now(), options.jobMaxAgeMs) + 1;
    if (full) throw new DelayJobError(Math.min(full.delayMs, leftMs), full.message);
    return { routes, media: await options.openMedia() };
  } catch (error) {
    routes?.close();
    throw error;
  }
}

async function expire(job: DialCall, options: TakeJobsOptions): Promise<JobResult> {
  const claim = await claimFor(job, options.newFence(), options);
  return claim.won ? fail(job, 'expired', options) : options.settleLostClaim(job, claim);
}

/** Never rejects: nobody else would take a call whose fence is ours. */
async function begin(
  job: DialCall,
  { fence, ...means }: { fence: Fence } & Means,
  options: TakeJobsOptions,
): Promise<JobResult> {
  let call: PlacedCall | null = null;
  try {
    call = options.place({
      record: { call: job.call, sequence: job.sequence },
      claimId: fence.claimId,
      ...means,
    });
    options.calls.begin(call);
    await call.noted;
    return 'placed';
  } catch (err) {
    options.log.error({ callSid: job.call.sid, err }, 'a call could not be begun');
    if (call) {
      call.feed({ kind: 'media-failed' });
      return 'failed';
    }
    await close(means, options);
    return fail(job, 'media-failed', options);
  }
}

/** Tells the end of a call whose fence is ours and for which no phone rang. */
async function fail(
  job: DialCall,
  reason: Extract<EndReason, 'expired' | 'media-failed'>,
  options: TakeJobsOptions,
): Promise<JobResult> {
  const { sid: callSid, to } = job.call;
  options.log.warn({ callSid, to, endReason: reason }, 'a call ended before its INVITE');
  options.events.publish(failCall(job, reason, options));
  await options.events.settled(callSid);
  return reason === 'expired' ? 'expired' : 'failed';
}

const RETRY_MS = 500;

/**
 * A claim without an answer may have been taken: the same claim is tried until it is known, since a call whose fence is
 * ours is placed by nobody else. Only draining gives up: our lease goes then, and with it the others' restraint.
 */
async function claimFor(job: DialCall, fence: Fence, options: TakeJobsOptions): Promise<Claim> {
  assertStillTaking(options.admission);
  for (;;) {
    try {
      return await options.claim(job.call.sid, fence);
    } catch (error) {
      if ((error as { retryable?: boolean }).retryable !== true) throw error;
      if (options.admission.obstacles().includes('draining')) throw error;
      options.log.warn({ callSid: job.call.sid, err: error }, 'a claim got no answer; it is tried again');
      await new Promise<void>((resolve) => options.clock.after(RETRY_MS, resolve));
    }
  }
}

/** What does not stand against a job that has its place and its ports already: it may have taken the last of them. */
const MET: readonly Obstacle[] = ['full', 'no-ports'];

function assertStillTaking(admission: Admission): void {
  const obstacles = admission.obstacles().filter((obstacle) => !MET.includes(obstacle));
  if (obstacles.length > 0) throw new NotAdmittingError(obstacles);
}

async function close({ media, routes }: Means, { log }: TakeJobsOptions): Promise<void> {
  routes?.close();
  await media.close().catch((err: unknown) => log.warn({ err }, 'the audio of a call did not close'));
}

function isTooOld({ call }: DialCall, { now, jobMaxAgeMs }: TakeJobsOptions): boolean {
  return isExpired(call, now(), jobMaxAgeMs);
}
