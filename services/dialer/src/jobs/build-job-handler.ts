import { randomUUID } from 'node:crypto';
import type { Call, DialCall, Fence } from '@trunkline/contracts';
import { systemClock as clock } from '@trunkline/sip';
import type { DialerParts } from '../build/dialer-parts.js';
import type { CallSurroundings } from '../call/call-surroundings.js';
import { placeCall } from '../call/place-call.js';
import { settleLostClaim } from '../lost/settle-lost-claim.js';
import { createJobHandler } from './take-jobs.js';

/** Joins the handler of jobs to what it works with. */
export function buildJobHandler(
  parts: DialerParts,
  surroundings: CallSurroundings,
): (job: DialCall) => Promise<void> {
  const { config, admission, audio, bus, calls, lease, log, meter, outbox: events, teller, trunks } = parts;
  const { dialerId } = config;
  const newFence = (): Fence => ({
    owner: dialerId,
    kind: 'dialer',
    claimId: randomUUID(),
    at: teller.now().toISOString(),
  });
  const lost = {
    ...teller,
    dialerId,
    fences: bus.fences,
    leases: bus.leases,
    notes: bus.liveCalls,
    heldForMs: () => lease.heldForMs(),
    events,
  };
  return createJobHandler({
    ...teller,
    admission,
    calls,
    claim: (callSid, fence) => bus.fences.claim(callSid, fence),
    newFence,
    openMedia: audio.open,
    openRoutes: (call) => (isForClient(call, parts) ? null : trunks.openRoutes(call)),
    place: (order) => placeCall(order, surroundings),
    settleLostClaim: (job, found) => settleLostClaim(job, found, lost),
    events,
    clock,
    jobMaxAgeMs: config.JOB_MAX_AGE,
    onResult: meter.jobTaken,
    log,
  });
}

/** Whether a call goes to a client's devices, and takes no trunk: it says so, or its account has a client of that name. */
function isForClient({ accountSid, to, instructions }: Call, { directory }: DialerParts): boolean {
  return instructions.callee === 'client' || directory.clientOf(accountSid, to) !== null;
}
