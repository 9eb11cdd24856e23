import { SipParseError } from './errors.js';
import type { SipMessage } from './message.js';
import type { Via } from './parse-via.js';

/** The topmost Via. @throws SipParseError when there is none or it cannot be read (never on what parseMessage gave) */
export function topVia(message: SipMessage): Via {
  throw new SipParseError(`not there yet ${message.kind}`);
}

/** @throws SipParseError when there is none or it cannot be read (never on what parseMessage gave) */
export function cseqOf(message: SipMessage): { number: number; method: string } {
  throw new SipParseError(`not there yet ${message.kind}`);
}

/** The items of a comma list header such as Require, Supported or Allow, over all its lines; [] when absent. */
export function listOf(message: SipMessage, name: string): string[] {
  throw new SipParseError(`not there yet ${message.kind} ${name}`);
}

/** The Q.850 cause of the Reason headers (RFC 3326), 0 to 127; null when there is none. Never throws. */
export function q850CauseOf(message: SipMessage): number | null {
  throw new SipParseError(`not there yet ${message.kind}`);
}
