import { systemClock as clock } from '@trunkline/sip';
import { createMarkupRunner } from '../call/call-control.js';
import { createHistoryOpener } from '../call/call-history.js';
import type { CallSurroundings } from '../call/call-surroundings.js';
import { createClientLeg } from '../clients/client-leg.js';
import type { DialerParts } from './dialer-parts.js';

/** What all calls of this dialer work with, those that come and those that are placed. */
export function buildSurroundings(parts: DialerParts): CallSurroundings {
  const {
    config,
    transport,
    bus,
    agent,
    webhooks,
    directory,
    door,
    ownership,
    log,
    meter,
    outbox,
    teller,
    trunks,
  } = parts;
  const tokenOf = (accountSid: string) => directory.tokenOf(accountSid);
  const publicAddress = { host: config.publicAddress, port: transport.local.port };
  const clients = {
    directory,
    locations: bus.locations,
    dialerId: config.dialerId,
    isAlive: door.peers.isAlive,
    seekDialers: door.peers.seek,
    edgeRoute: agent.edgeRoute.bind(agent),
    now: teller.now,
    publicAddress,
  };
  return {
    ...teller,
    dialerId: config.dialerId,
    clock,
    events: outbox,
    notes: bus.liveCalls,
    mayNote: () => ownership.isSure() && bus.isConnected(),
    agent,
    createClientLeg: (call, options) => createClientLeg(call, options, clients),
    credentialsOf: (trunk) => trunks.credentialsOf(trunk),
    patienceMs: config.TRUNK_PATIENCE,
    jobMaxAgeMs: config.JOB_MAX_AGE,
    publicAddress,
    runMarkup: createMarkupRunner({ client: webhooks, tokenOf, clock, log, onFetched: meter.markupFetched }),
    openHistory: createHistoryOpener({ ...teller, publish: (note) => bus.publishNote(note) }),
    openPassword: parts.openPassword,
    meter,
    log,
  };
}
