import { randomUUID } from 'node:crypto';
import type { Call, DialCall, Fence } from '@trunkline/contracts';
import { systemClock as clock } from '@trunkline/sip';
import { createMarkupRunner } from './call/call-control.js';
import { createHistoryOpener } from './call/call-history.js';
import type { CallSurroundings } from './call/call-surroundings.js';
import { placeCall } from './call/place-call.js';
import type { DialerParts } from './dialer-parts.js';
import { settleLostClaim } from './settle-lost-claim.js';
import { createJobHandler } from './take-jobs.js';

/** Joins the handler of jobs to what it works with. */
export function buildJobHandler(parts: DialerParts): (job: DialCall) => Promise<void> {
  const { config, admission, audio, bus, calls, lease, log, meter, outbox: events, teller, trunks } = parts;
  const surroundings = buildSurroundings(parts);
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

/** Whether a call goes to a client's devices, and takes no trunk. */
function isForClient({ instructions }: Call, _parts: DialerParts): boolean {
  return instructions.callee === 'client';
}

function buildSurroundings(parts: DialerParts): CallSurroundings {
  const {
    config,
    transport,
    bus,
    agent,
    webhooks,
    directory,
    ownership,
    log,
    meter,
    outbox,
    teller,
    trunks,
  } = parts;
  const tokenOf = (accountSid: string) => directory.tokenOf(accountSid);
  return {
    ...teller,
    dialerId: config.dialerId,
    clock,
    events: outbox,
    notes: bus.liveCalls,
    mayNote: () => ownership.isSure() && bus.isConnected(),
    agent,
    createClientLeg: () => {
      throw new Error('no client can be called yet');
    },
    credentialsOf: (trunk) => trunks.credentialsOf(trunk),
    patienceMs: config.TRUNK_PATIENCE,
    jobMaxAgeMs: config.JOB_MAX_AGE,
    publicAddress: { host: config.publicAddress, port: transport.local.port },
    runMarkup: createMarkupRunner({ client: webhooks, tokenOf, clock, log, onFetched: meter.markupFetched }),
    openHistory: createHistoryOpener({ ...teller, publish: (note) => bus.publishNote(note) }),
    openPassword: parts.openPassword,
    meter,
    log,
  };
}
