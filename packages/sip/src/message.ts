import type { SipHeaders } from './message-headers.js';

/** RFC 3261 §7.1. */
export interface SipRequest {
  kind: 'request';
  /** Case-sensitive, never unescaped. */
  method: string;
  /** The Request-URI as written: sip:, sips: or tel:. */
  uri: string;
  headers: SipHeaders;
  /** Bytes, exactly Content-Length of them; a view of the datagram when parsed. */
  body: Buffer;
}

/** RFC 3261 §7.2. */
export interface SipResponse {
  kind: 'response';
  /** 100 to 699. */
  status: number;
  /** May be empty. */
  reason: string;
  headers: SipHeaders;
  body: Buffer;
}

export type SipMessage = SipRequest | SipResponse;
