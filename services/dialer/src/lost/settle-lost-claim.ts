import {
  type CallEvent,
  cancelEvent,
  type DialCall,
  type Fence,
  type Lease,
  type LiveCall,
} from '@trunkline/contracts';
import type { CallEvents } from '../call/call-events.js';
import { FateUnknownError } from '../errors.js';
import type { Teller } from '../next-event.js';
import { endLostCall } from './end-lost-call.js';
import { GRACE_MS } from './take-over.js';

export interface LostClaimOptions extends Teller {
  dialerId: string;
  fences: { takeOver(callSid: string, fence: Fence, revision: number): Promise<boolean> };
  leases: { list(): Promise<Lease[]> };
  notes: { read(owner: string, callSid: string): Promise<{ entry: LiveCall } | null> };
  heldForMs: () => number;
  events: CallEvents;
}

/** `held` another process decides this call, or has done so; `ended` who decided it died on it, and we told the end. */
export type LostClaim = 'held' | 'ended';

/** A fence as it was found. */
export interface FoundFence {
  held: Fence;
  revision: number;
}

/**
 * What is to be done about a job whose fence is taken. Nothing, as a rule. But who took the fence may have died before
 * it told anything: a dialer before it noted the call, so that the takeover finds nothing, or an api before it published
 * the end. Only the reconciler's mark proves that: a call that ended well has neither note nor dialer left either.
 * @throws FateUnknownError while it cannot be known who lives
 */
export async function settleLostClaim(
  job: DialCall,
  found: FoundFence,
  options: LostClaimOptions,
): Promise<LostClaim> {
  const { held } = found;
  const { dialerId } = options;
  if (isOurEnd(held, dialerId)) return tell(endLostCall(job, options), options);
  if (!isProvenSilent(held, job.reconciledAt)) return 'held';
  if (held.kind === 'api') return tell(endCanceled(job, options), options);
  if (!(await isOrphan(job.call.sid, held, options))) return 'held';
  if (!(await options.fences.takeOver(job.call.sid, endFence(options), found.revision))) return 'held';
  return tell(endLostCall(job, options), options);
}

/** The end that the api decided and did not tell. */
function endCanceled(job: DialCall, { now, source, chargeFor }: Teller): CallEvent {
  return cancelEvent(job, now(), source, chargeFor({ ...job.call, status: 'canceled' }));
}

/** How long a process that lives may take, clocks that differ included, from its fence to the first thing it tells. */
const SILENCE_MS = 30_000;

/** True when the fence was old already as history, which had seen every event, still called the call queued. */
function isProvenSilent(held: Fence, reconciledAt: string | undefined): boolean {
  return reconciledAt !== undefined && Date.parse(reconciledAt) - Date.parse(held.at) >= SILENCE_MS;
}

/** A fence of our own is an orphan too: this job has its place here now, so that no call of ours stands behind it. */
async function isOrphan(callSid: string, { owner }: Fence, options: LostClaimOptions): Promise<boolean> {
  if (await options.notes.read(owner, callSid)) return false;
  if (owner === options.dialerId) return true;
  const living = await options.leases.list();
  if (living.some(({ dialerId }) => dialerId === owner)) return false;
  if (options.heldForMs() < GRACE_MS) throw new FateUnknownError(owner);
  return true;
}

/** The claim by which any dialer takes a fence to end its call: always the same, so that a lost answer locks none out. */
const END_CLAIM = 'ends-lost-call';

function endFence({ dialerId, now }: LostClaimOptions): Fence {
  return { owner: dialerId, kind: 'dialer', claimId: `${END_CLAIM}-${dialerId}`, at: now().toISOString() };
}

function isOurEnd(held: Fence, dialerId: string): boolean {
  return held.owner === dialerId && held.claimId === `${END_CLAIM}-${dialerId}`;
}

async function tell(event: CallEvent, { events }: LostClaimOptions): Promise<LostClaim> {
  events.publish(event);
  await events.settled(event.subject);
  return 'ended';
}
