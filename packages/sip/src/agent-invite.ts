import type { InviteOptions } from './agent-call.js';
import type { AgentContext } from './agent-context.js';
import { ALLOWED_METHODS, SDP_TYPE } from './agent-context.js';
import type { SipRequest } from './message.js';
import { SipHeaders } from './message-headers.js';
import { formatNameAddr } from './parse-name-addr.js';
import type { SipAddress } from './transport.js';

/** What is the same in every INVITE of one call, and what is not. */
export interface InviteParts {
  callId: string;
  localTag: string;
  cseq: number;
  /** Where it goes. */
  target: SipAddress;
  credentials: readonly (readonly [string, string])[];
}

/** Writes an INVITE (RFC 3261 §8.1.1, §13.2.1); its Via is still to come. @throws UnsafeValueError */
export function buildInvite(context: AgentContext, options: InviteOptions, parts: InviteParts): SipRequest {
  const { from, to, offer } = options;
  const headers = new SipHeaders()
    .append('Max-Forwards', '70')
    .append(
      'From',
      formatNameAddr({
        displayName: from.displayName ?? null,
        uri: from.uri,
        params: new Map([['tag', parts.localTag]]),
      }),
    )
    .append('To', formatNameAddr({ displayName: null, uri: to.uri, params: new Map() }))
    .append('Call-ID', parts.callId)
    .append('CSeq', `${parts.cseq} INVITE`)
    .append('Contact', context.contactFor(parts.target, options.publicHost))
    .append('Allow', ALLOWED_METHODS)
    .append('User-Agent', context.product);
  for (const [name, value] of parts.credentials) headers.append(name, value);
  const body = Buffer.from(offer, 'utf8');
  if (body.length > 0) headers.append('Content-Type', SDP_TYPE);
  return { kind: 'request', method: 'INVITE', uri: options.requestUri, headers, body };
}

/** The credentials of an INVITE, for the ACK of its 2xx (RFC 3261 §13.2.2.4). */
export function credentialsOf(invite: SipRequest): [string, string][] {
  return ['Authorization', 'Proxy-Authorization'].flatMap((name) =>
    invite.headers.getAll(name).map((value): [string, string] => [name, value]),
  );
}
