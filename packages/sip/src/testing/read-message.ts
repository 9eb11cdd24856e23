import type { SipMessage } from '../message.js';
import { topVia } from '../message-fields.js';
import { tagOf } from '../parse-name-addr.js';

/** The branch of the top Via: which transaction it belongs to. */
export function branchOf(message: SipMessage): string | null | undefined {
  return topVia(message).params.get('branch');
}

/** The tag of From or To; null when it has none. */
export function tagIn(message: SipMessage, name: 'From' | 'To'): string | null {
  return tagOf(message.headers.get(name) ?? '');
}
