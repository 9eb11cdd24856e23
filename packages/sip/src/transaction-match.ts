import type { SipRequest } from './message.js';
import { cseqOf, topVia } from './message-fields.js';
import { tagOf } from './parse-name-addr.js';
import { formatVia, type Via } from './parse-via.js';
import { defaultPortOf, isReliable, protocolOf, type SipAddress } from './transport.js';

const DEFAULT_PORT = 5060;

/** A branch that begins so is one transaction's alone (RFC 3261 §8.1.1.7). */
const MAGIC_COOKIE = 'z9hG4bK';

/** What is the same in a request and its retransmissions, and in nothing else (RFC 3261 §17.2.3). */
export function serverKeyOf(request: SipRequest, method: string): string {
  const via = topVia(request);
  const branch = via.params.get('branch') ?? '';
  const sentBy = `${via.host.toLowerCase()}:${via.port ?? DEFAULT_PORT}`;
  if (branch.startsWith(MAGIC_COOKIE)) return `${branch} ${sentBy} ${method}`;
  // RFC 2543 had no unique branch. Its ACK has the tag of our answer in To, so To does not join in.
  return `${callOf(request)} ${sentBy} ${branch} ${method}`;
}

export function inviteKeyOf(cancel: SipRequest): string {
  return serverKeyOf(cancel, 'INVITE');
}

/** What two requests have in common that are one, forked on its way to us (RFC 3261 §8.2.2.2); null inside a dialog. */
export function mergeKeyOf(request: SipRequest): string | null {
  if (request.method === 'CANCEL' || tagOf(request.headers.get('To') ?? '') !== null) return null;
  return `${callOf(request)} ${request.method}`;
}

/**
 * Writes the source into the top Via and says where responses go (RFC 3261 §18.2.1, §18.2.2; RFC 3581 §4): over a stream
 * to the connection that the request came on, and when that is gone to where the sender says that it listens.
 */
export function noteSource(request: SipRequest, from: SipAddress): SipAddress {
  const top = topVia(request);
  const via = { ...top, params: new Map(top.params) };
  const wantsSourcePort = via.params.has('rport');
  if (wantsSourcePort) via.params.set('rport', String(from.port));
  if (wantsSourcePort || bare(via) !== from.host) via.params.set('received', from.host);
  request.headers.removeFirst('Via').prepend('Via', formatVia(via));
  const listening = via.port ?? defaultPortOf(protocolOf(from));
  return { ...from, port: wantsSourcePort && !isReliable(from) ? from.port : listening };
}

function callOf(request: SipRequest): string {
  const { headers } = request;
  return `${headers.get('Call-ID') ?? ''} ${tagOf(headers.get('From') ?? '') ?? ''} ${cseqOf(request).number}`;
}

function bare(via: Via): string {
  return via.host.replace(/^\[(.*)\]$/, '$1');
}
