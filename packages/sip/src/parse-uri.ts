import { SipParseError } from './errors.js';

/** A sip: or sips: URI (RFC 3261 §19.1.1). Nothing is unescaped. */
export interface SipUri {
  /** Lower case. */
  scheme: string;
  user?: string;
  password?: string;
  /** IPv6 in brackets. */
  host: string;
  port?: number;
  /** Names in lower case, values as written; null for a name without a value. */
  params: ReadonlyMap<string, string | null>;
  /** What follows the question mark, as written. */
  headers?: string;
}

/** Reads a sip: or sips: URI. @throws SipParseError (416 for another scheme, otherwise 400) */
export function parseUri(text: string): SipUri {
  throw new SipParseError(`not there yet ${text}`);
}

/** @throws UnsafeValueError when a part would not stay inside its place */
export function formatUri(uri: SipUri): string {
  throw new SipParseError(`not there yet ${uri.host}`);
}

/** The unescaped user (sip:, sips:) or number (tel:) of a URI, to compare and to show; '' when there is none. Never throws. */
export function userOf(uri: string): string {
  return uri;
}
