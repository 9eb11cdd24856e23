import { recordOf, ringCall, type Trunk } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import {
  type Credentials,
  type IncomingCall,
  type IncomingCallEnd,
  parseNameAddr,
  userOf,
} from '@trunkline/sip';
import type { RunnerSurroundings } from '../call/call-runner.js';
import type { CallMedia } from '../call/call-surroundings.js';
import type { HeldCalls } from '../call/live-calls.js';
import type { PlacedCall } from '../call/place-call.js';
import type { Admission } from '../jobs/admission.js';
import { peerOf } from './caller-peer.js';
import { NOT_HERE, type Refusal } from './inbound-machine.js';
import { type Destination, judgeInvite, type RefusedBecause, type SpokenRefusal } from './judge-invite.js';
import { newInboundCall } from './new-inbound-call.js';
import { receiveCall } from './receive-call.js';

/** Told of each INVITE that came: what was done with it. */
export interface InboundMeter {
  invited(result: 'taken' | RefusedBecause | 'failed'): void;
}

/** A place of a trunk's, for as long as the call lasts. */
export interface Channel {
  release(): void;
}

export interface InviteOptions {
  directory: Pick<Directory, 'numberOf' | 'account'>;
  admission: Pick<Admission, 'isOpen'>;
  calls: Pick<HeldCalls, 'reserve' | 'begin' | 'release'>;
  /** @throws NotAdmittingError when no port is free */
  openMedia: () => Promise<CallMedia>;
  /** Takes a channel of a trunk, which count both directions together; null when all are taken. */
  admit: (trunk: Trunk, callSid: string) => Promise<Channel | null>;
  /** What a trunk is told that challenges our requests in a dialog. */
  credentialsOf: (trunk: Trunk) => Credentials | null;
  surroundings: RunnerSurroundings;
  meter: InboundMeter;
}

/** Nor can another of us take it: the trunk's channels are counted together. */
const ALL_BUSY: Refusal = { status: 486, reason: 'Busy Here' };

/** Makes what takes the INVITEs that passed the gate. */
export function createInviteHandler(options: InviteOptions): (leg: IncomingCall) => void {
  return (leg) => {
    const peer = peerOf(leg.peer);
    if (!peer) return leg.ignore();
    const called = { requestUser: leg.calledUser, toUser: toUserOf(leg) };
    const judgement = judgeInvite(peer, called, options.directory);
    if (judgement.kind === 'refuse') refuse(leg, judgement, options);
    else if (!options.admission.isOpen())
      refuse(leg, { because: 'not-admitting', refusal: NOT_HERE }, options);
    else takeCall(leg, judgement.destination, options);
  };
}

function toUserOf({ request }: IncomingCall): string {
  try {
    return userOf(parseNameAddr(request.headers.get('To') ?? '').uri);
  } catch {
    return '';
  }
}

function takeCall(leg: IncomingCall, destination: Destination, options: InviteOptions): void {
  const { surroundings, calls } = options;
  const call = newInboundCall(leg.request, destination, surroundings.now());
  const first = ringCall(call, surroundings.source);
  if (!calls.reserve(recordOf(first))) {
    refuse(leg, { because: 'not-admitting', refusal: NOT_HERE }, options);
    return;
  }
  const order = { leg, first, destination, ended: null as IncomingCallEnd | null };
  // Until somebody holds the call the caller may hang up as well.
  leg.handlers = {
    onEnded: (end) => {
      order.ended = end;
    },
  };
  void begin(order, options).finally(() => calls.release(call.sid));
}

interface Arrival {
  leg: IncomingCall;
  first: ReturnType<typeof ringCall>;
  destination: Destination;
  ended: IncomingCallEnd | null;
}

/** Never rejects. */
async function begin(arrival: Arrival, options: InviteOptions): Promise<void> {
  const { leg, first, destination } = arrival;
  const { trunk } = destination;
  const { surroundings } = options;
  const callSid = first.subject;
  let held: PlacedCall | null = null;
  let channel: Channel | null = null;
  let media: CallMedia | null = null;
  try {
    channel = trunk && (await options.admit(trunk, callSid));
    if (trunk && !channel) return refuse(leg, { because: 'trunk-full', refusal: ALL_BUSY }, options);
    media = await openMedia(options);
    if (!media) return refuse(leg, { because: 'not-admitting', refusal: NOT_HERE }, options);
    if (trunk?.publicAddress) showPublicAddress(trunk.publicAddress, leg, media);
    held = receiveCall({ ...arrival, ...linesOf(trunk, options), media }, surroundings);
    options.calls.begin(held);
    options.meter.invited('taken');
  } catch (err) {
    surroundings.log.error({ callSid, err }, 'a call that came could not be begun');
    options.meter.invited('failed');
    if (held) held.feed({ kind: 'media-failed' });
    else {
      leg.reject(500);
      await media
        ?.close()
        .catch((err: unknown) => surroundings.log.warn({ callSid, err }, 'audio did not close'));
    }
  } finally {
    void releaseAfter(held, channel);
  }
}

async function releaseAfter(held: PlacedCall | null, channel: Channel | null): Promise<void> {
  await held?.over;
  channel?.release();
}

/** Null when there is no port, which admission knows by then. */
async function openMedia({ openMedia, surroundings }: InviteOptions): Promise<CallMedia | null> {
  try {
    return await openMedia();
  } catch (err) {
    surroundings.log.warn({ err }, 'no audio for a call that came');
    return null;
  }
}

/** What this trunk knows us by, in Contact and in SDP. */
function showPublicAddress(publicHost: string, leg: IncomingCall, media: CallMedia): void {
  leg.publicHost = publicHost;
  media.offer(publicHost);
}

/** How a trunk wants its calls to be handled. */
function linesOf(trunk: Trunk | null, { credentialsOf }: InviteOptions) {
  if (!trunk) return { ring: {}, answer: {} };
  const { reliableProvisionals, sessionExpiresSeconds } = trunk;
  const credentials = credentialsOf(trunk);
  return {
    ring: RELIABILITY[reliableProvisionals],
    answer: { sessionExpiresSeconds, ...(credentials ? { credentials } : {}) },
  };
}

/** `supported`: reliably where the caller insists. */
const RELIABILITY = {
  off: { reliable: false },
  supported: {},
  required: { reliable: 'required' },
} as const;

function refuse(
  leg: IncomingCall,
  { because, refusal }: { because: RefusedBecause; refusal: SpokenRefusal },
  { meter, surroundings }: InviteOptions,
): void {
  const { status, reason, retryAfterSeconds, warning } = refusal;
  meter.invited(because);
  surroundings.log.info(
    { because, status, called: leg.calledUser, from: leg.from?.host },
    'a call was not taken',
  );
  leg.reject(status, {
    reason,
    headers: [
      ...(retryAfterSeconds === undefined ? [] : [header('Retry-After', String(retryAfterSeconds))]),
      ...(warning === undefined ? [] : [header('Warning', `399 trunkline "${warning}"`)]),
    ],
  });
}

function header(name: string, value: string): [string, string] {
  return [name, value];
}
