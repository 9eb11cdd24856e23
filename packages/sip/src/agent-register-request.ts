import type { AgentContext } from './agent-context.js';
import type { SipRequest, SipResponse } from './message.js';
import { topVia } from './message-fields.js';
import { SipHeaders } from './message-headers.js';
import { contactsOf } from './parse-contact.js';
import { parseDeltaSeconds } from './parse-delta-seconds.js';
import { formatNameAddr, parseNameAddr } from './parse-name-addr.js';
import { formatUri, parseUri } from './parse-uri.js';
import { protocolOf, type SipAddress } from './transport.js';

/** What is the same in every REGISTER of one registration. */
export interface RegisterParts {
  /** The address that is registered. */
  aor: string;
  /** The Request-URI. */
  registrar: string;
  /** User of our Contact: the calls that come are for it. */
  contactUser: string;
  publicHost?: string;
  callId: string;
  localTag: string;
}

/** Our Contact, as that target is to reach us. @throws UnsafeValueError */
export function contactUriFor(context: AgentContext, to: SipAddress, parts: RegisterParts): string {
  const uri = parseUri(parseNameAddr(context.contactFor(to, parts.publicHost)).uri);
  return formatUri({ ...uri, user: encodeURIComponent(parts.contactUser).replaceAll('%2B', '+') });
}

/** A REGISTER (RFC 3261 §10.2); its Via is still to come. @throws UnsafeValueError */
export function buildRegister(
  context: AgentContext,
  parts: RegisterParts,
  once: {
    contactUri: string;
    cseq: number;
    /** 0 takes the binding back. */
    expiresSeconds: number;
    credentials: readonly (readonly [string, string])[];
  },
): SipRequest {
  const { aor, callId, localTag } = parts;
  const expires = String(once.expiresSeconds);
  const headers = new SipHeaders()
    .append('Max-Forwards', '70')
    .append('From', addressOf(aor, [['tag', localTag]]))
    .append('To', addressOf(aor))
    .append('Call-ID', callId)
    .append('CSeq', `${once.cseq} REGISTER`)
    .append('Contact', addressOf(once.contactUri, [['expires', expires]]))
    .append('Expires', expires)
    .append('User-Agent', context.product);
  for (const [name, value] of once.credentials) headers.append(name, value);
  return { kind: 'request', method: 'REGISTER', uri: parts.registrar, headers, body: Buffer.alloc(0) };
}

function addressOf(uri: string, params: [string, string][] = []): string {
  return formatNameAddr({ displayName: null, uri, params: new Map(params) });
}

/**
 * For how long the registrar has taken us (RFC 3261 §10.2.4): what it says of our Contact, else Expires, else what we asked
 * for. One that rewrites addresses lists ours as another, alone.
 */
export function grantedSeconds(response: SipResponse, contactUri: string, askedSeconds: number): number {
  const contacts = contactsOf(response);
  const ours = contacts.find(({ uri }) => isSamePlace(uri, contactUri));
  const only = contacts.length === 1 ? contacts[0] : undefined;
  const said = (ours ?? only)?.expiresSeconds ?? parseDeltaSeconds(response.headers.get('Expires'));
  return said ?? askedSeconds;
}

function isSamePlace(one: string, other: string): boolean {
  return placeOf(one) === placeOf(other);
}

function placeOf(uri: string): string {
  try {
    const { user = '', host, port } = parseUri(uri);
    return `${decodeURIComponent(user)}@${host.toLowerCase()}:${port ?? ''}`;
  } catch {
    return uri;
  }
}

/** Where the registrar saw us (RFC 3581), which a NAT may have changed; null when it does not say. */
export function seenAddressOf(response: SipResponse, target: SipAddress): SipAddress | null {
  const { params, port } = topVia(response);
  const host = params.get('received')?.replace(/^\[(.*)\]$/, '$1');
  const seenPort = parseDeltaSeconds(params.get('rport')) ?? port;
  if (!host || seenPort === undefined) return null;
  return { host, port: seenPort, protocol: protocolOf(target) };
}
