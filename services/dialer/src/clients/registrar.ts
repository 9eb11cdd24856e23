import type { Binding } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import {
  type Clock,
  type KnownBinding,
  planRegister,
  type RegisterAnswer,
  type SipAddress,
  type SipRequest,
} from '@trunkline/sip';
import type { CallLog } from '../call/call-log.js';
import { peerOf } from '../inbound/caller-peer.js';
import { complainOfClient } from '../inbound/judge-invite.js';
import { createForgetter } from './forget-lost.js';
import type { LocationShelf } from './location-shelf.js';
import { TakenDevices } from './taken-devices.js';

export interface RegistrarOptions {
  locations: Pick<LocationShelf, 'change'>;
  directory: Pick<Directory, 'account'>;
  dialerId: string;
  /** `host:port` by which the other dialers reach this one. */
  dialerAddress: string;
  /** How long a device may stay without coming again. */
  expiry: { minSeconds: number; maxSeconds: number; defaultSeconds: number };
  now: () => Date;
  clock: Clock;
  log: CallLog;
}

/** Keeps where the devices of clients are (RFC 3261 §10.3). */
export interface Registrar {
  /** A REGISTER that passed the gate. */
  register(request: SipRequest, from: SipAddress, peer: unknown): Promise<RegisterAnswer>;
  /** That connection is gone, and with it the devices that registered over it. */
  lose(connection: string): void;
  /** Devices whose last REGISTER came here. */
  size(): number;
  stop(): void;
}

/** Of one client. */
const MAX_DEVICES = 10;
const RETRY_AFTER_SECONDS = 5;

export function createRegistrar(options: RegistrarOptions): Registrar {
  const { locations, directory, now, log } = options;
  const taken = new TakenDevices();
  const forgetter = createForgetter(options);

  async function register(request: SipRequest, from: SipAddress, peer: unknown): Promise<RegisterAnswer> {
    const known = peerOf(peer);
    if (known?.kind !== 'client') return { status: 403, headers: [] };
    const { client } = known;
    const forbidden = complainOfClient(client, directory);
    if (forbidden) return tellWhy(forbidden.refusal);
    try {
      return await change(request, from, client.sid);
    } catch (err) {
      log.warn({ client: client.sid, err }, 'a device could not be registered');
      return { status: 503, headers: [['Retry-After', String(RETRY_AFTER_SECONDS)]] };
    }
  }

  async function change(request: SipRequest, from: SipAddress, clientSid: string): Promise<RegisterAnswer> {
    let answer: RegisterAnswer = { status: 500, headers: [] };
    let fresh: readonly Binding[] = [];
    let gone: readonly Binding[] = [];
    await locations.change(clientSid, (before) => {
      const nowMs = now().getTime();
      const alive = before.bindings.filter(({ expiresAt }) => Date.parse(expiresAt) > nowMs);
      const plan = planRegister(request, alive.map(toKnown), {
        nowMs,
        ...options.expiry,
        maxContacts: MAX_DEVICES,
      });
      answer = plan.status === 403 ? TOO_MANY : { status: plan.status, headers: plan.headers };
      if (!plan.changed) return null;
      const bindings = plan.bindings.map((one) => toBinding(one, { alive, request, from }, options));
      fresh = bindings.filter((one) => isOf(one, request));
      gone = alive.filter(({ contact }) => !bindings.some((one) => one.contact === contact));
      return { clientSid, bindings };
    });
    for (const { contact } of gone) taken.remove(clientSid, contact);
    for (const binding of fresh) taken.note(clientSid, binding);
    return answer;
  }

  return {
    register,
    lose(connection) {
      for (const clientSid of taken.lose(connection)) forgetter.forget(clientSid, connection);
    },
    size: () => taken.size(now().getTime()),
    stop: () => forgetter.stop(),
  };
}

const TOO_MANY = tellWhy({
  status: 403,
  warning: `a client has at most ${MAX_DEVICES} devices: so many Contacts at once are more`,
});

function tellWhy({ status, warning }: { status: number; warning?: string }): RegisterAnswer {
  return { status, headers: warning === undefined ? [] : [['Warning', `399 trunkline "${warning}"`]] };
}

function toKnown({ contact, callId, cseq, expiresAt, q, instanceId }: Binding): KnownBinding {
  return { contact, callId, cseq, expiresAtMs: Date.parse(expiresAt), q, instanceId };
}

/** What this request brought is reached where it came from; what it left alone stays as it was. */
function toBinding(
  known: KnownBinding,
  { alive, request, from }: { alive: readonly Binding[]; request: SipRequest; from: SipAddress },
  { dialerId, dialerAddress }: Pick<RegistrarOptions, 'dialerId' | 'dialerAddress'>,
): Binding {
  const { contact, callId, cseq, q, instanceId } = known;
  const before = alive.find((one) => one.contact === contact);
  if (before && !isOf(known, request)) return before;
  return {
    contact,
    source: sourceOf(from),
    dialerId,
    dialerAddress,
    callId,
    cseq,
    expiresAt: new Date(known.expiresAtMs).toISOString(),
    q,
    instanceId,
    userAgent: request.headers.get('User-Agent')?.slice(0, 200) ?? null,
  };
}

function sourceOf({ host, port, protocol = 'UDP', connection }: SipAddress): Binding['source'] {
  return { protocol, host, port, ...(connection === undefined ? {} : { connection }) };
}

function isOf({ callId, cseq }: Pick<Binding, 'callId' | 'cseq'>, request: SipRequest): boolean {
  const number = Number(/^\s*(\d+)/.exec(request.headers.get('CSeq') ?? '')?.[1] ?? Number.NaN);
  return callId === request.headers.get('Call-ID') && cseq === number;
}
