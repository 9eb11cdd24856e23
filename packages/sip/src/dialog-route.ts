import { isIP } from 'node:net';
import { formatNameAddr, parseNameAddr } from './parse-name-addr.js';
import { formatUri, parseUri, type SipUri } from './parse-uri.js';
import type { SipAddress } from './transport.js';

const DEFAULT_PORT = 5060;
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
 * one that is a name, which only the trunk's own resolver may look up, is reached over `fallback`, as the INVITE was.
 */
export function routeFor(
  routeSet: readonly string[],
  remoteTarget: string,
  fallback: SipAddress,
): DialogRoute {
  const first = routeSet[0];
  if (first === undefined) return { uri: remoteTarget, routes: [], nextHop: hopOf(remoteTarget) ?? fallback };
  const firstUri = parseNameAddr(first).uri;
  const nextHop = hopOf(firstUri) ?? fallback;
  if (isLoose(firstUri)) return { uri: remoteTarget, routes: [...routeSet], nextHop };
  // A strict router wants itself in the Request-URI, and the target at the end of the route.
  const target = formatNameAddr({ displayName: null, uri: remoteTarget, params: new Map() });
  return { uri: asRequestUri(firstUri), routes: [...routeSet.slice(1), target], nextHop };
}

/** The address that a URI names by number; null when it names none. */
export function hopOf(uri: string): SipAddress | null {
  const parsed = read(uri) ?? salvageHostPort(uri);
  const host = parsed?.host.replace(/^\[(.*)\]$/, '$1') ?? '';
  return parsed && isIP(host) !== 0 ? { host, port: parsed.port ?? DEFAULT_PORT } : null;
}

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
