import type { CallRecord, DialCall, Fence } from '@trunkline/contracts';
import { isFinalStatus } from '@trunkline/contracts';
import type { Clock } from '@trunkline/sip';
import type { Admission } from './admission.js';
import type { CallEvents } from './call/call-events.js';
import type { CallLog } from './call/call-log.js';
import type { CallMedia } from './call/call-surroundings.js';
import type { HeldCalls } from './call/live-calls.js';
import type { CallOrder, PlacedCall } from './call/place-call.js';
import { failCall, type Teller } from './end-lost-call.js';
import { NotAdmittingError } from './errors.js';
import type { LostClaim } from './settle-lost-claim.js';

export type Claim = { won: true; revision: number } | { won: false; held: Fence; revision: number };
type LostClaimFound = Extract<Claim, { won: false }>;

/** What became of a job. */
export type JobResult = 'placed' | 'expired' | LostClaim;

export interface TakeJobsOptions extends Teller {
  admission: Admission;
  calls: Pick<HeldCalls, 'has' | 'reserve' | 'begin' | 'release'>;
  claim: (callSid: string, fence: Fence) => Promise<Claim>;
  newFence: () => Fence;
  /** @throws NotAdmittingError when no port is free */
  openMedia: () => Promise<CallMedia>;
  place: (order: CallOrder) => PlacedCall;
  settleLostClaim: (record: CallRecord, claim: LostClaimFound) => Promise<LostClaim>;
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
    assertOpen(options.admission);
    if (!options.calls.reserve(job)) throw new NotAdmittingError(['full']);
    try {
      options.onResult(await (isExpired(job, options) ? expire(job, options) : dial(job, options)));
    } finally {
      options.calls.release(sid);
    }
  };
}

async function dial(job: DialCall, options: TakeJobsOptions): Promise<JobResult> {
  const media = await options.openMedia();
  const fence = options.newFence();
  const claim = await claimFor(job, fence, options).catch(async (error: unknown) => {
    await media.close();
    throw error;
  });
  if (!claim.won) {
    await media.close();
    return options.settleLostClaim(job, claim);
  }
  const call = options.place({ record: job, claimId: fence.claimId, media });
  options.calls.begin(call);
  await call.noted;
  return 'placed';
}

async function expire(job: DialCall, options: TakeJobsOptions): Promise<JobResult> {
  const claim = await claimFor(job, options.newFence(), options);
  if (!claim.won) return options.settleLostClaim(job, claim);
  options.log.warn({ callSid: job.call.sid, to: job.call.to }, 'call expired before a dialer was free');
  options.events.publish(failCall(job, 'expired', options));
  await options.events.settled(job.call.sid);
  return 'expired';
}

const RETRY_MS = 500;

/**
 * A claim without an answer may have been taken: the same claim is tried until it is known, since a call whose fence is
 * ours is placed by nobody else. Only draining gives up: our lease goes then, and with it the others' restraint.
 */
async function claimFor(job: DialCall, fence: Fence, options: TakeJobsOptions): Promise<Claim> {
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

function assertOpen(admission: Admission): void {
  if (!admission.isOpen()) throw new NotAdmittingError(admission.obstacles());
}

function isExpired({ call }: CallRecord, { now, jobMaxAgeMs }: TakeJobsOptions): boolean {
  return now().getTime() - Date.parse(call.dateCreated) > jobMaxAgeMs;
}
