import type { Trunk } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import type { Clock, GateVerdict, SipAddress, SipRequest } from '@trunkline/sip';
import { findClients, signedAddressOf } from '../clients/find-clients.js';
import { type SignInOptions, type SignInTrouble, signIn } from '../clients/sign-in.js';
import type { CallerPeer } from './caller-peer.js';
import { createGuestBook, type GuestBook } from './guest-book.js';
import { isScanner } from './known-scanners.js';
import { lineageOf } from './lineage.js';
import type { TrunkSources } from './trunk-sources.js';

/** Why a message was dropped without a word. `stray`: it belongs to nothing; `malformed`: it is no SIP. */
export type DropReason = 'penalty' | 'scanner' | 'stranger' | 'method' | 'stray' | 'malformed';

/** Told of what the gate keeps out. */
export interface GateMeter {
  dropped(reason: DropReason): void;
  signInFailed(because: Exclude<SignInTrouble, 'challenged'>): void;
}

export interface GateOptions extends SignInOptions {
  sources: Pick<TrunkSources, 'at' | 'isTargetOf'>;
  /** Whether another dialer of this cluster sends from there. */
  isDialer: (from: SipAddress) => boolean;
  isDialerHost: (host: string) => boolean;
  clock: Clock;
  meter: GateMeter;
}

/** Who is heard, and who is told that a request of theirs belongs to nothing. */
export interface Gate {
  judge(request: SipRequest, from: SipAddress): GateVerdict;
  /** Whether somebody who may be told something speaks from there: a trunk, another dialer, a client that signed in. */
  knows(from: SipAddress): boolean;
  /** Whether messages from there are not counted: those of trunks, and of the rest of the cluster. */
  isTrusted(host: string): boolean;
}

/**
 * Makes what is asked of every new request before anything is answered: trunks pass by their address, clients by their
 * password, the other dialers by theirs; nobody else learns that somebody is here.
 */
export function createGate(options: GateOptions): Gate {
  const { sources, isDialer, isDialerHost, meter } = options;
  const guests = createGuestBook(options.clock);
  const drop = (reason: DropReason): GateVerdict => {
    meter.dropped(reason);
    return { kind: 'drop' };
  };

  function judgeTrunk(trunks: readonly Trunk[]): GateVerdict {
    const peer: CallerPeer = { kind: 'trunk', trunks };
    return { kind: 'pass', peer };
  }

  function judgeClient(request: SipRequest, from: SipAddress): GateVerdict {
    if (options.penalties.isShut(from.host)) return drop('penalty');
    if (isScanner(request)) return drop('scanner');
    // A phone asks for this and that; who is known is told that we do not do it, and need not ask ten times.
    if (request.method !== 'REGISTER' && request.method !== 'INVITE')
      return guests.knows(from.host) ? { kind: 'pass' } : drop('method');
    const signed = signIn(request, from, options);
    if (signed.kind === 'stranger') return drop('stranger');
    if (signed.kind === 'answer') {
      const { status, headers, because } = signed;
      if (because !== 'challenged') meter.signInFailed(because);
      return { kind: 'answer', status, headers };
    }
    guests.welcome(from.host, signed.client.sid);
    const peer: CallerPeer = { kind: 'client', client: signed.client };
    return { kind: 'pass', peer };
  }

  return {
    judge(request, source) {
      const from = { ...source, host: plainHost(source.host) };
      const trunks = sources.at(from.host);
      if (isDialer(from)) return { kind: 'pass' };
      if (trunks.length > 0 && !isClientBesideTrunk(request, { from, trunks }, { ...options, guests }))
        return judgeTrunk(trunks);
      return judgeClient(request, from);
    },
    knows(source) {
      const from = { ...source, host: plainHost(source.host) };
      return sources.at(from.host).length > 0 || isDialer(from) || guests.knows(from.host);
    },
    isTrusted: (host) => sources.at(plainHost(host)).length > 0 || isDialerHost(plainHost(host)),
  };
}

/**
 * A gateway and somebody's phones may share an address. What comes from where we send the trunk's calls is the trunk's, and
 * so is every call but those of a client that says so: by credentials, or by a name that no telephone network has. Whose trunk has
 * nothing to do with a client's account takes no call of one that signed in there: anybody may say that a trunk is at some address.
 */
function isClientBesideTrunk(
  request: SipRequest,
  { from, trunks }: { from: SipAddress; trunks: readonly Trunk[] },
  { directory, sources, guests }: Pick<GateOptions, 'directory' | 'sources'> & { guests: GuestBook },
): boolean {
  if (request.method === 'REGISTER') return true;
  if (request.method !== 'INVITE') return false;
  const clients = findClients(signedAddressOf(request), directory);
  const guest = clients.find(({ sid }) => guests.knowsClient(from.host, sid));
  if (guest && !trunks.some((trunk) => areKin(trunk.accountSid, guest.accountSid, directory))) return true;
  if (trunks.some((trunk) => sources.isTargetOf(trunk, from))) return false;
  const [client] = clients;
  if (!client) return false;
  return request.headers.get('Proxy-Authorization') !== undefined || /[A-Za-z]/.test(client.login);
}

/** Whether one of them is above the other, or they are one. */
function areKin(one: string, other: string, directory: Pick<Directory, 'account'>): boolean {
  return lineageOf(one, directory).includes(other) || lineageOf(other, directory).includes(one);
}

/** IPv4 as a socket that listens for both writes it (RFC 4291 §2.5.5.2). */
function plainHost(host: string): string {
  return host.replace(/^::ffff:(?=\d+\.)/i, '');
}
