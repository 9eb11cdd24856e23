import { SipParseError } from './errors.js';

/** The value of From, To, Contact, Route, Record-Route (RFC 3261 §20.10, §25.1). */
export interface NameAddr {
  /** Without its quotes and escapes; null when there is none. */
  displayName: string | null;
  /** As written, any scheme. `*` for the Contact that removes all. */
  uri: string;
  /** Names in lower case; values as written, quotes included; null for a name without a value. */
  params: ReadonlyMap<string, string | null>;
}

/** @throws SipParseError */
export function parseNameAddr(text: string): NameAddr {
  throw new SipParseError(`not there yet ${text}`);
}

/** A comma list of them. @throws SipParseError */
export function parseNameAddrList(text: string): NameAddr[] {
  throw new SipParseError(`not there yet ${text}`);
}

/** Always with angle brackets, the display name always quoted. @throws UnsafeValueError on CR, LF and the like */
export function formatNameAddr(addr: NameAddr): string {
  throw new SipParseError(`not there yet ${addr.uri}`);
}

/** The tag of a From or To value; null when there is none or it cannot be read. Never throws. */
export function tagOf(nameAddrHeader: string): string | null {
  return nameAddrHeader;
}
