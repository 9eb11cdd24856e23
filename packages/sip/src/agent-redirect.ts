import { isIP } from 'node:net';
import { hopOf } from './dialog-route.js';
import { SipParseError } from './errors.js';
import type { SipResponse } from './message.js';
import { contactsOf } from './parse-contact.js';
import { formatUri, parseUri, type SipUri } from './parse-uri.js';
import { protocolOf, type SipAddress } from './transport.js';

/** Contacts beyond these are no honest redirect. */
const MAX_CONTACTS = 8;

/** As many are told of a redirect that is not followed. */
const MAX_TOLD = 16;

/** Where a 3xx sends a call, one Request-URI each, with the addresses to reach it at. */
export interface Redirection {
  uri: string;
  targets: SipAddress[];
}

/** The URIs that a response names, best q first (RFC 3261 §8.1.3.4). */
export function contactUrisOf(response: SipResponse): string[] {
  return contactsOf(response)
    .map(({ uri }) => uri)
    .filter((uri) => uri !== '*')
    .slice(0, MAX_TOLD);
}

/**
 * Where a 300, 301 or 302 may be followed to, best q first: only over the addresses that the call was for anyway, since
 * whoever redirects it spends our money. [] when nowhere.
 *
 * @param way the Request-URI that was redirected, and the addresses of the call
 */
export function redirectionsOf(
  response: SipResponse,
  way: { requestUri: string; targets: readonly SipAddress[] },
): Redirection[] {
  if (!FOLLOWED.has(response.status)) return [];
  return contactsOf(response)
    .slice(0, MAX_CONTACTS)
    .flatMap(({ uri }) => {
      const parsed = read(uri);
      const targets = parsed ? targetsFor(parsed, way) : [];
      return parsed && targets.length > 0 ? [{ uri: asRequestUri(parsed), targets }] : [];
    });
}

/** Not 305, which names a proxy of its own, nor 380, which is for people to read (RFC 3261 §21.3). */
const FOLLOWED = new Set([300, 301, 302]);

function targetsFor(
  contact: SipUri,
  { requestUri, targets }: { requestUri: string; targets: readonly SipAddress[] },
): SipAddress[] {
  const host = hostOf(contact);
  const fitting = contact.scheme === 'sips' ? targets.filter((one) => protocolOf(one) === 'TLS') : targets;
  if (isIP(host) === 0) {
    const isSameName = host === hostOf(read(requestUri));
    return fitting.filter(({ serverName }) => isSameName || serverName?.toLowerCase() === host);
  }
  const match = fitting.find((one) => one.host.toLowerCase() === host);
  const hop = match && hopOf(formatUri(contact), match);
  if (!hop) return [];
  return [hop.port === match.port && protocolOf(hop) === protocolOf(match) ? match : hop];
}

function hostOf(uri: SipUri | null): string {
  return uri?.host.replace(/^\[(.*)\]$/, '$1').toLowerCase() ?? '';
}

/** Headers and the method are no part of a Request-URI (RFC 3261 §19.1.1). */
function asRequestUri({ headers: _headers, ...uri }: SipUri): string {
  return formatUri({ ...uri, params: new Map([...uri.params].filter(([name]) => name !== 'method')) });
}

function read(uri: string): SipUri | null {
  try {
    return parseUri(uri);
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}
