import { SipParseError } from './errors.js';

/** One Via value (RFC 3261 §20.42). */
export interface Via {
  /** Upper case. */
  transport: string;
  /** sent-by; IPv6 in brackets. */
  host: string;
  port?: number;
  /** Names in lower case, values as written; `rport` without a value is null (RFC 3581). */
  params: Map<string, string | null>;
}

/** @throws SipParseError */
export function parseVia(text: string): Via {
  throw new SipParseError(`not there yet ${text}`);
}

/** @throws UnsafeValueError */
export function formatVia(via: Via): string {
  throw new SipParseError(`not there yet ${via.host}`);
}
