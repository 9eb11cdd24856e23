import { isIP } from 'node:net';
import { isNearerThan } from './dialog-reach.js';
import { formatNameAddr, parseNameAddr } from './parse-name-addr.js';
import { formatUri, parseUri, type SipUri } from './parse-uri.js';
import { defaultPortOf, protocolOf, type SipAddress, type SipProtocol } from './transport.js';

const MAX_PORT = 65_535;

export interface DialogRoute {
  /** The Request-URI. */
  uri: string;
  /** Values of Route. */
  routes: string[];
  nextHop: SipAddress;
}

/**
 * The way of a request in a dialog (RFC 3261 §12.2.1.1). The next hop is the first route, or the target when there is none;
 * one that is a name, which only the trunk's own resolver may look up, is reached over `fallback`, as the INVITE was, and so
 * is one that is known only in a smaller network than `fallback`, behind NAT.
 */
export function routeFor(
  routeSet: readonly string[],
  remoteTarget: string,
  fallback: SipAddress,
): DialogRoute {
  const first = routeSet[0];
  if (first === undefined) return { uri: remoteTarget, routes: [], nextHop: reach(remoteTarget, fallback) };
  const firstUri = parseNameAddr(first).uri;
  const nextHop = reach(firstUri, fallback);
  if (isLoose(firstUri)) return { uri: remoteTarget, routes: [...routeSet], nextHop };
  // A strict router wants itself in the Request-URI, and the target at the end of the route.
  const target = formatNameAddr({ displayName: null, uri: remoteTarget, params: new Map() });
  return { uri: asRequestUri(firstUri), routes: [...routeSet.slice(1), target], nextHop };
}

function reach(uri: string, fallback: SipAddress): SipAddress {
  const hop = hopOf(uri, fallback);
  return hop && !isNearerThan(hop.host, fallback.host) ? hop : fallback;
}

/**
 * The address that a URI names by number; null when it names none, or a transport that is not ours. What it does not say it
 * has from `near`: on the same host the protocol and the connection, over TLS the name of the certificate (RFC 5922 §7.1).
 */
export function hopOf(uri: string, near?: SipAddress): SipAddress | null {
  const parsed = read(uri) ?? salvageHostPort(uri);
  const host = parsed?.host.replace(/^\[(.*)\]$/, '$1') ?? '';
  if (!parsed || isIP(host) === 0) return null;
  const neighbour = near?.host === host ? near : undefined;
  const protocol = protocolIn(parsed, { neighbour, began: near });
  if (protocol === null) return null;
  const port = parsed.port ?? defaultPortOf(protocol);
  if (protocol === 'UDP') return { host, port };
  const { serverName } = near && protocolOf(near) === protocol ? near : {};
  const { connection } = neighbour && protocolOf(neighbour) === protocol ? neighbour : {};
  return {
    host,
    port,
    protocol,
    ...(serverName === undefined ? {} : { serverName }),
    ...(connection === undefined ? {} : { connection }),
  };
}

/**
 * RFC 3263 §4.1; who says nothing goes on as it began, if it is still the same host. What began under TLS is never sent in
 * clear unless that is asked for by name: a peer that takes TLS alone would not hear it.
 */
function protocolIn(
  uri: Partial<SipUri>,
  { neighbour, began }: { neighbour: SipAddress | undefined; began: SipAddress | undefined },
): SipProtocol | null {
  const transport = uri.params?.get('transport');
  const named = transport?.toLowerCase();
  if (uri.scheme === 'sips') return named === undefined || named === 'tcp' || named === 'tls' ? 'TLS' : null;
  if (named !== undefined) return PROTOCOLS.get(named) ?? null;
  if (neighbour) return protocolOf(neighbour);
  return began && protocolOf(began) === 'TLS' ? 'TLS' : 'UDP';
}

const PROTOCOLS: ReadonlyMap<string, SipProtocol> = new Map([
  ['udp', 'UDP'],
  ['tcp', 'TCP'],
  ['tls', 'TLS'],
]);

/** What is broken about a URI mostly stands before or behind its host: an empty user, a lone semicolon, a doubled parameter. */
function salvageHostPort(uri: string): { host: string; port?: number } | null {
  const [, host, port] =
    /^sips?:(?:[^@]*@)?(\[[\da-f:.]+\]|[\d.]+)(?::(\d{1,5}))?(?=[;?]|$)/i.exec(uri) ?? [];
  if (host === undefined || Number(port ?? 0) > MAX_PORT) return null;
  return port === undefined ? { host } : { host, port: Number(port) };
}

function isLoose(uri: string): boolean {
  return read(uri)?.params.has('lr') ?? true;
}

/** Headers and the method parameter may not stand in a Request-URI (RFC 3261 §19.1.1). */
function asRequestUri(uri: string): string {
  const parsed = read(uri);
  if (!parsed) return uri;
  const { headers: _headers, ...rest } = parsed;
  return formatUri({ ...rest, params: new Map([...parsed.params].filter(([name]) => name !== 'method')) });
}

function read(uri: string): SipUri | null {
  try {
    return parseUri(uri);
  } catch {
    return null;
  }
}
