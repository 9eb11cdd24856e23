import { SipParseError } from './errors.js';
import type { SipMessage } from './message.js';
import { splitCommas } from './parse-characters.js';
import { type CSeq, parseCSeq } from './parse-cseq.js';
import { type NameAddr, parseNameAddr } from './parse-name-addr.js';
import { parseReasons } from './parse-reason.js';
import { parseVia, type Via } from './parse-via.js';

/**
 * The topmost Via. Like From, To and CSeq below it is read once for as long as it stands.
 *
 * @throws SipParseError when there is none or it cannot be read (never on what parseMessage gave)
 */
export function topVia(message: SipMessage): TopVia {
  return required(message, 'Via', parseVia);
}

/** Shared by all who ask for it: copy it before a change. */
export type TopVia = Readonly<Omit<Via, 'params'>> & { readonly params: ReadonlyMap<string, string | null> };

/** @throws SipParseError when there is none or it cannot be read (never on what parseMessage gave) */
export function cseqOf(message: SipMessage): Readonly<CSeq> {
  return required(message, 'CSeq', parseCSeq);
}

/** @throws SipParseError when there is none or it cannot be read (never on what parseMessage gave) */
export function fromOf(message: SipMessage): Readonly<NameAddr> {
  return required(message, 'From', parseNameAddr);
}

/** @throws SipParseError when there is none or it cannot be read (never on what parseMessage gave) */
export function toOf(message: SipMessage): Readonly<NameAddr> {
  return required(message, 'To', parseNameAddr);
}

function required<T>(message: SipMessage, name: string, parse: (text: string) => T): T {
  const value = message.headers.read(name, parse);
  if (value === undefined) throw new SipParseError(`Missing ${name}`);
  return value;
}

/** The items of a comma list header such as Require, Supported or Allow, over all its lines; [] when absent. */
export function listOf(message: SipMessage, name: string): string[] {
  return message.headers
    .getAll(name)
    .flatMap(splitCommas)
    .filter((item) => item !== '');
}

const MAX_Q850 = 127;

/** The Q.850 cause of the Reason headers (RFC 3326), 0 to 127; null when there is none. Never throws. */
export function q850CauseOf(message: SipMessage): number | null {
  const reasons = message.headers.getAll('Reason').flatMap(parseReasons);
  const q850 = reasons.find(
    ({ protocol, cause }) => protocol.toUpperCase() === 'Q.850' && cause !== null && cause <= MAX_Q850,
  );
  return q850?.cause ?? null;
}
