import { type Call, type CallNote, type CallRecord, noteKind, type Trunk } from '@trunkline/contracts';
import type { ScriptEnd } from '@trunkline/rcml';
import type { DialogState, InviteOptions, SipResolver } from '@trunkline/sip';
import { createVirtualClock } from '@trunkline/sip/testing';
import { type CallHistory, createHistoryOpener } from '../call/call-history.js';
import type { CallMedia, CallSurroundings } from '../call/call-surroundings.js';
import type { CallOrder } from '../call/place-call.js';
import { chargeBySecond } from './charge-by-second.js';
import { MemoryBus } from './memory-bus.js';
import { ACCEPTED_AT } from './queued-record.js';
import { createQuietLog } from './quiet-log.js';
import { createTrunkBench } from './trunk-bench.js';

/** An INVITE that left, and what was done to it since. */
export interface SentInvite extends InviteOptions {
  canceled: number;
  byes: (number | undefined)[];
}

/** What a test has different. `connects`: whether INVITEs leave, which they do not while a stream is being opened. */
export type BenchChanges = Partial<CallSurroundings> & {
  trunks?: Trunk[];
  resolver?: SipResolver;
  connects?: boolean;
};

/** What a call works with, where a test plays the far end, the customer and the brokers. */
export function createCallBench({ trunks: given, resolver, connects = true, ...changes }: BenchChanges = {}) {
  const clock = createVirtualClock();
  const bus = new MemoryBus(clock);
  const log = createQuietLog();
  const invites: SentInvite[] = [];
  const legs: [trunk: string, reason: string][] = [];
  const told: CallNote[] = [];
  const scripts: { call: Call; history: CallHistory; signal: AbortSignal; end: (end: ScriptEnd) => void }[] =
    [];
  const source = '/trunkline/dialers/d1';
  const now = () => new Date(NOW + clock.nowMs());
  const trunks = createTrunkBench({
    clock,
    now,
    ...(given ? { trunks: given } : {}),
    ...(resolver ? { resolver } : {}),
  });
  const surroundings: CallSurroundings = {
    dialerId: 'd1',
    source,
    clock,
    now,
    chargeFor: chargeBySecond,
    events: bus.events,
    notes: bus.notes,
    mayNote: () => true,
    agent: createFarEnd(invites, connects),
    createClientLeg: () => {
      throw new Error('no client is called here');
    },
    credentialsOf: ({ username, passwordSealed }) =>
      username === null ? null : { username, password: passwordSealed ?? '' },
    patienceMs: 4_000,
    jobMaxAgeMs: 3_600_000,
    publicAddress: { host: '192.0.2.9', port: 5060 },
    runMarkup: ({ call, history }, signal) =>
      new Promise((end) => {
        scripts.push({ call: call(), history, signal, end });
      }),
    openHistory: createHistoryOpener({ publish: (note) => told.push(note), source, now }),
    openPassword: (sealed, callSid) => `${sealed} opened for ${callSid}`,
    meter: {
      inviteSent: () => {},
      legEnded: (trunk, reason) => void legs.push([trunk, reason]),
      published: () => {},
    },
    log,
    ...changes,
  };
  /** What the call's owner was told, shortly. */
  const notes = () => told.map((note) => [noteKind(note), note.data.code, note.data.message]);
  const orderOf = (record: CallRecord, claimId = 'c'): CallOrder => ({
    record,
    claimId,
    media: createSilentMedia(),
    routes: trunks.openRoutes(record.call),
  });
  return { clock, bus, log, invites, legs, notes, orderOf, scripts, surroundings, trunks };
}

/** Takes every INVITE as sent, and keeps it. */
function createFarEnd(invites: SentInvite[], connects: boolean): CallSurroundings['agent'] {
  return {
    invite: (options) => {
      const sent: SentInvite = { ...options, canceled: 0, byes: [] };
      invites.push(sent);
      const [target] = options.targets;
      if (target && connects) options.handlers.onSent(target);
      return {
        callId: `call-${invites.length}`,
        cancel: () => {
          sent.canceled += 1;
        },
        bye: (q850) => void sent.byes.push(q850),
        renegotiate: (_, done) => done({ ok: false, status: null }),
      };
    },
  };
}

export type CallBench = ReturnType<typeof createCallBench>;

const NOW = Date.parse(ACCEPTED_AT);

/** Audio that does nothing; an answer 'broken' cannot be used. */
export function createSilentMedia(): CallMedia & { log: string[] } {
  const log: string[] = [];
  const read = (sdp: string) => {
    if (sdp === 'broken') throw new Error('no usable codec');
    log.push(`sdp ${sdp}`);
    return 'our sdp';
  };
  return {
    log,
    offer: (publicHost) => (publicHost === undefined ? 'our offer' : `our offer at ${publicHost}`),
    acceptAnswer: (sdp) => void read(sdp),
    answer: read,
    start: () => void log.push('start'),
    close: async () => void log.push('close'),
  };
}

export const DIALOG: DialogState = {
  callId: 'call-1',
  localTag: 'a',
  remoteTag: 'b',
  localUri: 'sip:+15559990000@192.0.2.9:5060',
  remoteUri: 'sip:+15551230001@192.0.2.1:5060',
  remoteTarget: 'sip:phone@192.0.2.1:5062',
  routeSet: [],
  localCSeq: 1,
  nextHop: { host: '192.0.2.1', port: 5062 },
};
