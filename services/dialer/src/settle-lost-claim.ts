import type { CallRecord, Fence, Lease, LiveCall } from '@trunkline/contracts';
import type { CallEvents } from './call/call-events.js';
import { endLostCall, type Teller } from './end-lost-call.js';
import { NotAdmittingError } from './errors.js';
import { GRACE_MS } from './take-over.js';

export interface LostClaimOptions extends Teller {
  dialerId: string;
  fences: { takeOver(callSid: string, fence: Fence, revision: number): Promise<boolean> };
  leases: { list(): Promise<Lease[]> };
  notes: { read(owner: string, callSid: string): Promise<{ entry: LiveCall } | null> };
  heldForMs: () => number;
  newFence: () => Fence;
  events: CallEvents;
}

/** `held` another process decides this call, or has done so; `ended` its dialer died on it, and we told the end. */
export type LostClaim = 'held' | 'ended';

/**
 * What is to be done about a job whose fence is another's. Nothing, but for one case: a dialer that died after it took
 * the fence and before it noted the call leaves nothing that the takeover would find.
 * @throws NotAdmittingError while it cannot be known who lives
 */
export async function settleLostClaim(
  record: CallRecord,
  { held, revision }: { held: Fence; revision: number },
  options: LostClaimOptions,
): Promise<LostClaim> {
  const callSid = record.call.sid;
  if (held.kind !== 'dialer' || held.owner === options.dialerId) return 'held';
  if (await options.notes.read(held.owner, callSid)) return 'held';
  const living = await options.leases.list();
  if (living.some(({ dialerId }) => dialerId === held.owner)) return 'held';
  if (options.heldForMs() < GRACE_MS) throw new NotAdmittingError(['unsure whether a dialer lives']);
  if (!(await options.fences.takeOver(callSid, options.newFence(), revision))) return 'held';
  options.events.publish(endLostCall(record, options));
  await options.events.settled(callSid);
  return 'ended';
}
