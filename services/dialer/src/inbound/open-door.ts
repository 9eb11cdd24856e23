import { createHmac, randomBytes } from 'node:crypto';
import type { Lease, Trunk } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import {
  type Clock,
  createDigestGuard,
  type IncomingCall,
  type SipAddress,
  type SipFault,
  SipParseError,
  type UserAgentOptions,
} from '@trunkline/sip';
import type { CallLog } from '../call/call-log.js';
import type { LocationShelf } from '../clients/location-shelf.js';
import { knowsOnlyMd5 } from '../clients/old-devices.js';
import { createRegistrar, type RegistrarOptions } from '../clients/registrar.js';
import { createDialerPeers, type DialerPeers } from './dialer-peers.js';
import { createGate, type GateMeter } from './gate.js';
import { RETRY_AFTER_SECONDS } from './inbound-machine.js';
import { isActive } from './lineage.js';
import { createPenaltyBox } from './penalty-box.js';
import { createTrunkSources } from './trunk-sources.js';

export interface DoorOptions {
  directory: Directory;
  locations: LocationShelf;
  leases: { list(): Promise<Lease[]> };
  /** Where a trunk's calls are sent to. @throws when its name has no address */
  resolveTrunk: (trunk: Trunk) => Promise<readonly SipAddress[]>;
  dialerId: string;
  /** `host:port` by which the other dialers reach this one. */
  dialerAddress: string;
  realm: string;
  expiry: RegistrarOptions['expiry'];
  /** The cluster's, which seals the ways to devices; undefined where there is none, and so no client that could sign in. */
  secretKey: string | undefined;
  clock: Clock;
  now: () => Date;
  meter: GateMeter & FaultMeter;
  log: CallLog;
}

/** Told of what known peers send that cannot be dealt with, and of what fails here. */
export interface FaultMeter {
  sipFault(): void;
}

/** What stands between the network and this dialer: who is heard, who registers, whose calls are passed on. */
export interface Door {
  /** What the user agent asks. */
  readonly agentOptions: Required<
    Pick<
      UserAgentOptions,
      | 'gate'
      | 'knows'
      | 'onInvite'
      | 'onRegister'
      | 'onConnectionLost'
      | 'onStray'
      | 'onFault'
      | 'retryAfterSeconds'
      | 'edge'
    >
  >;
  readonly peers: DialerPeers;
  isTrusted(host: string): boolean;
  /** From now on calls are taken; before, they are answered 503. */
  openTo(take: (leg: IncomingCall) => void): void;
  start(): void;
  stop(): void;
  /** For metrics. */
  counts(): { registrations: number; penalties: number };
}

/** Prepares the door; it is shut until `openTo`. */
export function openDoor(options: DoorOptions): Door {
  const { directory, resolveTrunk, clock, log } = options;
  const sources = createTrunkSources({
    // Those of an account that is suspended or closed open the door for nobody.
    trunks: () => directory.trunks().filter(({ accountSid }) => isActive(accountSid, directory)),
    resolve: resolveTrunk,
    clock,
    log,
  });
  const peers = createDialerPeers(options);
  const penalties = createPenaltyBox({ clock });
  const gate = createGate({
    ...options,
    sources,
    penalties,
    guard: createDigestGuard({ realm: options.realm, key: randomBytes(32), clock, knowsOnlyMd5 }),
    isDialer: peers.isPeer,
    isDialerHost: peers.isPeerHost,
  });
  const registrar = createRegistrar(options);
  const retryAfter: [string, string] = ['Retry-After', String(RETRY_AFTER_SECONDS)];
  let take: (leg: IncomingCall) => void = (leg) => leg.reject(503, { headers: [retryAfter] });
  let stopListening = () => {};
  const onFault = ({ error, from }: SipFault) => {
    if (error instanceof SipParseError && !gate.knows(from)) options.meter.dropped('malformed');
    else options.meter.sipFault();
    log.debug({ err: error, from: from.host }, 'a message could not be dealt with');
  };
  return {
    agentOptions: {
      gate: gate.judge,
      knows: gate.knows,
      onRegister: registrar.register,
      onConnectionLost: registrar.lose,
      onStray: () => options.meter.dropped('stray'),
      onFault,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      onInvite: (leg) => take(leg),
      edge: { key: edgeKeyOf(options.secretKey), isPeer: peers.isPeer },
    },
    peers,
    isTrusted: gate.isTrusted,
    openTo(handler) {
      take = handler;
    },
    start() {
      stopListening = directory.onChange((kind) => {
        if (kind === 'trunk') sources.refresh();
      });
      sources.start();
      peers.start();
    },
    stop() {
      stopListening();
      sources.stop();
      peers.stop();
      registrar.stop();
    },
    counts: () => ({ registrations: registrar.size(), penalties: penalties.size() }),
  };
}

/** Every dialer of the cluster makes the same of it, and nobody could read the key out of what it seals. */
function edgeKeyOf(secretKey: string | undefined): Buffer {
  if (secretKey === undefined) return randomBytes(32);
  return createHmac('sha256', secretKey).update('trunkline edge').digest();
}
