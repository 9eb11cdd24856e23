import { isIP } from 'node:net';
import { TRUNK_TRANSPORTS, type Trunk } from '@trunkline/contracts';
import { faultOfAddress } from './fault-of-address.js';

/** Where SIP is sent to. */
export interface SipHost extends Pick<Trunk, 'port' | 'transport'> {
  /** A name in lower case, or an IP address; IPv6 without brackets. */
  host: string;
  /** From a URI that had them. */
  credentials: { username: string; password: string } | null;
  /** Whether all of it was said, as a URI does: then an absent port is none. */
  isUri: boolean;
}

/** What it is, or what is wrong with it, in words that follow its name and quote nothing: it may hold a password. */
export type ReadSipHost = { sip: SipHost } | { complaint: string };

const MAX_URI_LENGTH = 600;
const MAX_HOST_LENGTH = 253;
const MAX_CREDENTIAL_LENGTH = 128;

/**
 * Reads `sip:user:password@host:port;transport=tls` (RFC 3261 §19.1, of the parameters `transport` and `lr` only), or a
 * host with or without a port.
 */
export function readSipHost(given: string): ReadSipHost {
  if (given.length > MAX_URI_LENGTH) return { complaint: `is longer than ${MAX_URI_LENGTH} characters` };
  if (isIP(given) === 6) return readParts({ host: given }, false);
  const [, scheme, userinfo, host = '', port, parameters = ''] = URI.exec(given) ?? [];
  if (scheme === undefined && (userinfo !== undefined || parameters !== ''))
    return { complaint: NEEDS_SCHEME };
  if (host === '') return { complaint: UNREADABLE };
  return readParts({ scheme, userinfo, host, port, parameters }, scheme !== undefined);
}

/** As it stands in a URI: an IPv6 address in brackets (RFC 3261 §25.1). */
export function writeHostPort({ host, port }: Pick<SipHost, 'host' | 'port'>): string {
  const name = isIP(host) === 6 ? `[${host}]` : host;
  return port === null ? name : `${name}:${port}`;
}

/** As a URI, without credentials. */
export function writeSipUri(sip: Pick<SipHost, 'host' | 'port' | 'transport'>): string {
  return `sip:${writeHostPort(sip)}${sip.transport === null ? '' : `;transport=${sip.transport}`}`;
}

/** A name in lower case, or an IP address without brackets; null for what is neither. */
export function readHostName(given: string): string | null {
  const bare = given.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 0) return bare === given ? readDomain(given) : null;
  // A zone is of one machine; brackets are for IPv6.
  if (bare.includes('%') || (bare !== given && isIP(bare) === 4)) return null;
  return bare.toLowerCase();
}

/** What is wrong with a host that was read, when it is an address: in words that follow its name. */
export function faultOfHost(host: string): string | null {
  return isIP(host) === 0 ? null : faultOfAddress(host);
}

/** Letters, digits and hyphens; the last label begins with a letter (RFC 3261 §25.1: 300.1.1.1 is no name). */
function readDomain(given: string): string | null {
  const name = given.replace(/\.$/, '').toLowerCase();
  if (name.length > MAX_HOST_LENGTH) return null;
  const labels = name.split('.');
  const areLabels = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  return areLabels && /^[a-z]/.test(labels.at(-1) ?? '') ? name : null;
}

const URI = /^(?:(sips?):)?(?:([^@]*)@)?(\[[^\]]*\]|[^:;?[\]@]*)(?::(\d{1,5}))?((?:;[^;?@]*)*)$/i;

const UNREADABLE =
  'must be a host name, an IP address, or a SIP URI such as sip:carrier.example:5060;transport=tcp';
const HALF_CREDENTIALS = 'has a user without a password: sip:user:password@host has both';
const NEEDS_SCHEME = 'must begin with sip: when it has a user or parameters';

interface Parts {
  scheme?: string | undefined;
  userinfo?: string | undefined;
  host: string;
  port?: string | undefined;
  parameters?: string | undefined;
}

function readParts(
  { scheme, userinfo, host: given, port, parameters = '' }: Parts,
  isUri: boolean,
): ReadSipHost {
  const host = readHostName(given);
  if (host === null) return { complaint: UNREADABLE };
  const fault = faultOfHost(host);
  if (fault !== null) return { complaint: fault };
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    return { complaint: 'has a port that is none: 1 to 65535' };
  }
  const transport = readTransport(parameters, scheme?.toLowerCase() === 'sips');
  if (transport === undefined) {
    return { complaint: 'may have the parameter transport only, which is udp, tcp or tls' };
  }
  const credentials = userinfo === undefined ? null : readCredentials(userinfo);
  if (credentials === undefined) {
    return { complaint: 'has a user or a password that is too long, or wrongly percent-encoded' };
  }
  if (credentials?.password === '') return { complaint: HALF_CREDENTIALS };
  return { sip: { host, port: port === undefined ? null : Number(port), transport, credentials, isUri } };
}

/** Undefined when it cannot be obeyed. */
function readTransport(parameters: string, isSecure: boolean): Trunk['transport'] | undefined {
  let transport: Trunk['transport'] = isSecure ? 'tls' : null;
  for (const parameter of parameters.split(';').slice(1)) {
    const [name = '', value = '', ...rest] = parameter.toLowerCase().split('=');
    if (name === 'lr' && value === '') continue;
    const named = TRUNK_TRANSPORTS.find((one) => one === value);
    // RFC 3261 §26.2.2 knows sips: over TCP, which means TLS over it.
    if (name !== 'transport' || named === undefined || rest.length > 0) return undefined;
    if (isSecure && named === 'udp') return undefined;
    transport = isSecure ? 'tls' : named;
  }
  return transport;
}

function readCredentials(userinfo: string): SipHost['credentials'] | undefined {
  const colon = userinfo.indexOf(':');
  try {
    const username = decodeURIComponent(colon < 0 ? userinfo : userinfo.slice(0, colon));
    const password = colon < 0 ? '' : decodeURIComponent(userinfo.slice(colon + 1));
    const isFit = username !== '' && Math.max(username.length, password.length) <= MAX_CREDENTIAL_LENGTH;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    return isFit && !/[\u0000-\u001f\u007f]/.test(username + password) ? { username, password } : undefined;
  } catch {
    return undefined;
  }
}
