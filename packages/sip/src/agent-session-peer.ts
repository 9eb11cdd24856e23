import { SDP_TYPE } from './agent-context.js';
import type { SipMessage, SipRequest } from './message.js';
import { listOf } from './message-fields.js';

/** What the far end says that it can do; what it never spoke of, it cannot. */
export interface PeerAbilities {
  /** Methods, case-sensitive. */
  readonly allows: ReadonlySet<string>;
  /** Option tags, in lower case. */
  readonly supports: ReadonlySet<string>;
}

export const NO_ABILITIES: PeerAbilities = { allows: new Set(), supports: new Set() };

/** The last word counts (RFC 3261 §20.5: Allow), and a message that is silent about it changes nothing. */
export function noteAbilities(before: PeerAbilities, message: SipMessage): PeerAbilities {
  const { headers } = message;
  return {
    allows: headers.has('Allow') ? new Set(listOf(message, 'Allow')) : before.allows,
    supports: headers.has('Supported') ? extensionsOf(message) : before.supports,
  };
}

/** Supported, and what is required with it (RFC 3261 §20.32). */
function extensionsOf(message: SipMessage): ReadonlySet<string> {
  return new Set([...listOf(message, 'Supported'), ...listOf(message, 'Require')].map(lower));
}

/** Whether a message names an option tag in Supported or Require. */
export function supports(message: SipMessage, tag: string): boolean {
  return extensionsOf(message).has(tag);
}

export function requires(message: SipMessage, tag: string): boolean {
  return listOf(message, 'Require').some((one) => lower(one) === tag);
}

/** An offer in SDP, or none. */
export function isReadable(message: SipMessage): boolean {
  const encoding = message.headers.get('Content-Encoding')?.trim().toLowerCase() ?? 'identity';
  if (message.body.length === 0) return true;
  return encoding === 'identity' && typeOf(message.headers.get('Content-Type')) === SDP_TYPE;
}

/** The SDP of a message; '' when it has none that we can read. */
export function sdpOf(message: SipMessage): string {
  return isReadable(message) ? message.body.toString('utf8') : '';
}

/** A media type without its parameters, in lower case. */
export function typeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** The route of the dialog is the caller's to keep, so that it is given back to it (RFC 3261 §12.1.1). */
export function recordRoutes(request: SipRequest): [string, string][] {
  return request.headers.getAll('Record-Route').map((route) => ['Record-Route', route]);
}

function lower(tag: string): string {
  return tag.toLowerCase();
}
