import { isIP } from 'node:net';
import { parseUri, type SipUri } from '@trunkline/sip';
import { TrunkSyntaxError } from './errors.js';

/** Where calls are sent to, over UDP. */
export interface Trunk {
  /** A name or an address; IPv6 without brackets. */
  host: string;
  port: number;
  /** What the trunk may ask for (RFC 3261 §22). */
  credentials?: { username: string; password: string };
}

const DEFAULT_PORT = 5060;

/**
 * Reads trunks as they are configured: SIP URIs with commas between, in the order in which they are to be tried. User
 * and password are percent-encoded.
 * @throws TrunkSyntaxError naming the trunk by its place in the list, since it may hold a password
 */
export function parseTrunks(text: string): Trunk[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new TrunkSyntaxError('needs at least one SIP URI');
  return items.map((item, index) => parseTrunk(item, index + 1));
}

function parseTrunk(item: string, place: number): Trunk {
  const uri = readUri(item, place);
  if (uri.scheme.toLowerCase() !== 'sip')
    throw new TrunkSyntaxError(`trunk ${place} must be a sip: URI, like sip:user:password@host:5060`);
  const transport = uri.params.get('transport');
  if (transport && transport.toLowerCase() !== 'udp')
    throw new TrunkSyntaxError(`trunk ${place} asks for transport ${transport}; only udp is spoken here`);
  const host = uri.host.replace(/^\[(.*)\]$/, '$1');
  const trunk: Trunk = { host, port: uri.port ?? DEFAULT_PORT };
  if (uri.user === undefined) return trunk;
  return {
    ...trunk,
    credentials: { username: decode(uri.user, place), password: decode(uri.password ?? '', place) },
  };
}

function readUri(item: string, place: number): SipUri {
  try {
    return parseUri(item);
  } catch {
    // The cause is left out: it may quote the password.
    throw new TrunkSyntaxError(`trunk ${place} is not a SIP URI; write sip:user:password@host:5060`);
  }
}

function decode(text: string, place: number): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TrunkSyntaxError(`trunk ${place} has a broken percent-encoding in its user or password`);
  }
}

/** Writes a host and port as they stand in a URI: an IPv6 address in brackets (RFC 3261 §25.1). */
export function formatHostPort(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
