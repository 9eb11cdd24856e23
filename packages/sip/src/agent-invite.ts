import type { InviteOptions } from './agent-call.js';
import { type AgentContext, ALLOWED_METHODS, SDP_TYPE } from './agent-context.js';
import { routeFor } from './dialog-route.js';
import { SipParseError, UnsafeValueError } from './errors.js';
import type { SipRequest } from './message.js';
import { headerName } from './message-header-names.js';
import { SipHeaders } from './message-headers.js';
import { formatNameAddr, parseNameAddr } from './parse-name-addr.js';
import type { SipAddress } from './transport.js';

/** What one INVITE of a call has of its own. */
export interface InviteParts {
  callId: string;
  localTag: string;
  cseq: number;
  /** Request-URI: that of the call, or where it was redirected to. */
  uri: string;
  /** Where it goes. */
  target: SipAddress;
  /** Session-Expires and Min-SE. */
  timer: readonly (readonly [string, string])[];
}

/** Writes an INVITE (RFC 3261 §8.1.1, §13.2.1); its Via and its credentials are still to come. @throws UnsafeValueError */
export function buildInvite(context: AgentContext, options: InviteOptions, parts: InviteParts): SipRequest {
  const { from, to, offer, publicHost } = options;
  const { uri, routes } = wayOf(options.routes ?? [], parts);
  const fromParams = new Map([['tag', parts.localTag]]);
  const headers = new SipHeaders().append('Max-Forwards', '70');
  for (const route of routes) headers.append('Route', route);
  headers
    .append(
      'From',
      formatNameAddr({ displayName: from.displayName ?? null, uri: from.uri, params: fromParams }),
    )
    .append('To', formatNameAddr({ displayName: null, uri: to.uri, params: new Map() }))
    .append('Call-ID', parts.callId)
    .append('CSeq', `${parts.cseq} INVITE`)
    .append('Contact', context.contactFor(parts.target, publicHost))
    .append('Allow', ALLOWED_METHODS);
  for (const [name, value] of extensionHeaders(options, parts)) headers.append(name, value);
  headers.append('User-Agent', context.product);
  for (const [name, value] of ownHeaders(options)) headers.append(name, value);
  const body = Buffer.from(offer, 'utf8');
  if (body.length > 0) headers.append('Content-Type', SDP_TYPE);
  return { kind: 'request', method: 'INVITE', uri, headers, body };
}

/** The first route that is no loose router wants itself in the Request-URI (RFC 3261 §8.1.2, §12.2.1.1). */
function wayOf(routes: readonly string[], { uri, target }: InviteParts): { uri: string; routes: string[] } {
  const values = routes.map((route) => (route.includes('<') ? route : `<${route}>`));
  try {
    for (const value of values) parseNameAddr(value);
  } catch (cause) {
    if (!(cause instanceof SipParseError)) throw cause;
    throw new UnsafeValueError('a route cannot be read', { cause });
  }
  return routeFor(values, uri, target);
}

/** What we can do and want (RFC 3262 §4, RFC 4028 §7.1, RFC 6228 §4). */
function extensionHeaders(options: InviteOptions, { timer }: InviteParts): [string, string][] {
  const { reliable = 'supported' } = options;
  const supported = reliable === 'off' ? [] : ['100rel'];
  if (timer.length > 0) supported.push('timer');
  supported.push('199');
  const headers: [string, string][] = [['Supported', supported.join(', ')]];
  if (reliable === 'required') headers.push(['Require', '100rel']);
  for (const [name, value] of timer) headers.push([name, value]);
  return headers;
}

/** The headers of whoever places the call. Those that make the call what it is are not theirs to write. */
function ownHeaders({ headers = [] }: InviteOptions): readonly (readonly [string, string])[] {
  for (const [name] of headers)
    if (OURS.has(headerName(name).key)) throw new UnsafeValueError('a header that is not to be given');
  return headers;
}

const OURS: ReadonlySet<string> = new Set([
  ...['via', 'max-forwards', 'route', 'record-route', 'from', 'to', 'call-id', 'cseq', 'contact', 'allow'],
  ...['supported', 'require', 'proxy-require', 'session-expires', 'min-se', 'rseq', 'rack', 'replaces'],
  ...['authorization', 'proxy-authorization', 'content-type', 'content-length', 'content-encoding'],
]);

/** The credentials of an INVITE, for the ACK of its 2xx (RFC 3261 §13.2.2.4). */
export function credentialsOf(invite: SipRequest): [string, string][] {
  return ['Authorization', 'Proxy-Authorization'].flatMap((name) =>
    invite.headers.getAll(name).map((value): [string, string] => [name, value]),
  );
}
