import { isIP } from 'node:net';
import {
  type Clock,
  createSipResolver,
  createUserAgent,
  type SipResolver,
  systemDns,
  type UserAgent,
} from '@trunkline/sip';
import { formatHostPort } from '../addresses.js';
import type { DialerConfig } from '../config.js';
import { type Door, openDoor } from '../inbound/open-door.js';
import { resolveSources } from '../inbound/resolve-sources.js';
import type { DialerMeter } from '../metrics.js';
import { createTrunkReach } from '../trunks/trunk-reach.js';
import type { TrunkFinder } from '../trunks/trunk-targets.js';
import type { DialerBase } from './dialer-parts.js';

/** What speaks SIP, and with whom. */
export interface SipParts {
  agent: UserAgent;
  door: Door;
  finder: TrunkFinder;
}

interface SipOptions {
  clock: Clock;
  meter: DialerMeter;
  now: () => Date;
}

export function buildSip(base: DialerBase, options: SipOptions): SipParts {
  const { config, directory } = base;
  const resolver = buildResolver(config, options.clock);
  const complainOf = createTrunkReach({ directory, allowPrivate: config.TRUNK_ALLOW_PRIVATE });
  const finder = { resolver, complainOf };
  const door = buildDoor(base, finder, options);
  return { agent: buildAgent(base, door, options), door, finder };
}

/** Finds the addresses of trunks. */
export function buildResolver(
  { publicAddress, DNS_SERVERS: servers }: Pick<DialerConfig, 'publicAddress' | 'DNS_SERVERS'>,
  clock: Clock,
): SipResolver {
  return createSipResolver({
    clock,
    dns: systemDns(servers ? { servers } : {}),
    family: isIP(publicAddress) === 6 ? 6 : 4,
    protocols: ['UDP', 'TCP', 'TLS'],
  });
}

/** Who is heard, and what they may ask for. */
function buildDoor(
  { config, log, bus, transport, directory }: DialerBase,
  finder: TrunkFinder,
  { clock, meter, now }: SipOptions,
): Door {
  return openDoor({
    directory,
    locations: bus.locations,
    leases: bus.leases,
    resolveTrunk: (trunk) => resolveSources(trunk, finder),
    dialerId: config.dialerId,
    dialerAddress: formatHostPort(config.publicAddress, transport.local.port),
    realm: config.SIP_REALM,
    expiry: expiryOf(config),
    secretKey: config.SECRET_KEY,
    clock,
    now,
    meter,
    log,
  });
}

/** A device that does not say how long it stays gets the longest there is. */
function expiryOf({ REGISTER_MIN, REGISTER_MAX }: DialerConfig) {
  const [minSeconds, maxSeconds] = [REGISTER_MIN / 1000, REGISTER_MAX / 1000];
  return { minSeconds, maxSeconds, defaultSeconds: maxSeconds };
}

function buildAgent(
  { config, transport }: DialerBase,
  door: Door,
  { clock }: Pick<SipOptions, 'clock'>,
): UserAgent {
  return createUserAgent({
    ...door.agentOptions,
    transport,
    clock,
    publicAddress: ({ protocol = 'UDP' }) => ({
      host: config.publicAddress,
      port: (transport.localOf(protocol) ?? transport.local).port,
    }),
    product: 'Trunkline',
  });
}
