import { isIP } from 'node:net';
import type { Trunk } from '@trunkline/contracts';
import { parseUri, type ResolveRequest, type SipAddress, type SipResolver } from '@trunkline/sip';
import { ForbiddenTargetError } from '../errors.js';
import type { TrunkReach } from './trunk-reach.js';

/** How the addresses of trunks are found, and which of them count; without `complainOf` all do. */
export interface TrunkFinder {
  resolver: SipResolver;
  complainOf?: TrunkReach;
}

/** Where everything for a trunk is sent, in the order to try. @throws ResolveError, ForbiddenTargetError */
export async function resolveTrunk(trunk: Trunk, finder: TrunkFinder): Promise<SipAddress[]> {
  return allowedOf(trunk, await finder.resolver.resolve(whereOf(trunk)), finder);
}

/** @throws ForbiddenTargetError when none is left */
export function allowedOf(
  trunk: Trunk,
  addresses: SipAddress[],
  { complainOf = () => null }: TrunkFinder,
): SipAddress[] {
  const complaints = addresses.map(({ host }) => complainOf(trunk, host));
  const allowed = addresses.filter((_, index) => complaints[index] === null);
  const [complaint] = complaints;
  if (allowed.length === 0 && complaint) throw new ForbiddenTargetError(trunk.host, complaint);
  return allowed;
}

/** What is to be resolved for everything that is sent to a trunk: its outbound proxy, or itself. */
export function whereOf(trunk: Trunk): ResolveRequest {
  const { host, port, transport, outboundProxy } = trunk;
  if (outboundProxy === null) return { host, port, transport };
  const uri = parseUri(outboundProxy);
  return {
    host: uri.host.replace(/^\[(.*)\]$/, '$1'),
    port: uri.port ?? null,
    transport: transportOf(uri.params.get('transport')) ?? transport,
    ...(uri.scheme.toLowerCase() === 'sips' ? { secure: true } : {}),
  };
}

/** The Route of what is sent to it (RFC 3261 §8.1.2): its outbound proxy, which routes loosely. */
export function routesOf({ outboundProxy }: Pick<Trunk, 'outboundProxy'>): string[] {
  if (outboundProxy === null) return [];
  return [/;lr(?=[;=?]|$)/i.test(outboundProxy) ? `<${outboundProxy}>` : `<${outboundProxy};lr>`];
}

/** `host` or `host:port` as it stands in a URI (RFC 3261 §25.1). */
export function hostPortOf({ host, port }: Pick<Trunk, 'host' | 'port'>): string {
  const written = isIP(host) === 6 ? `[${host}]` : host;
  return port === null ? written : `${written}:${port}`;
}

/** `UDP 192.0.2.1:5060`, as it stands in the attempts of calls. */
export function formatTarget({ protocol = 'UDP', host, port }: SipAddress): string {
  return `${protocol} ${hostPortOf({ host, port })}`;
}

function transportOf(text: string | null | undefined): ResolveRequest['transport'] {
  const lower = text?.toLowerCase();
  return lower === 'udp' || lower === 'tcp' || lower === 'tls' ? lower : null;
}
