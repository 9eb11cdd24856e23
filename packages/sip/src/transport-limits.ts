/** What streams and their far ends may use up. */
export interface TransportLimits {
  /** Streams that others opened, of each protocol; and as many that we opened. */
  maxConnections: number;
  /** That one address may have opened; ten times as many for trusted ones. */
  maxConnectionsPerSource: number;
  /**
   * How long a stream may be silent before it is closed, ms. Phones that keep no connection alive are reached only until
   * then: not less than the longest registration.
   */
  idleMs: number;
  /** How long a connection and its TLS handshake may take, ms. */
  connectMs: number;
  /** How long the first message may take on a stream that somebody opened, ms. */
  firstMessageMs: number;
  /** How long a message may take from its first byte to its last, ms. */
  messageMs: number;
  /** How long the far end may leave unread what we sent, ms. */
  stallMs: number;
  /** How often we show life on a stream that we opened, ms (RFC 5626 §4.4.1: 95 to 120 s). */
  keepAliveMs: number;
  /** The largest message, head and body. */
  maxMessageBytes: number;
  /** What may wait for a far end that does not read; what is beyond is not sent. */
  maxSendBufferBytes: number;
  /** Messages of a source that is not trusted. */
  perSourcePerSecond: number;
  /** Sources that are counted one by one. */
  maxSources: number;
}

export const DEFAULT_TRANSPORT_LIMITS: Readonly<TransportLimits> = {
  maxConnections: 10_000,
  maxConnectionsPerSource: 100,
  idleMs: 3_700_000,
  connectMs: 5000,
  firstMessageMs: 30_000,
  messageMs: 10_000,
  stallMs: 30_000,
  keepAliveMs: 100_000,
  maxMessageBytes: 65_536,
  maxSendBufferBytes: 1024 * 1024,
  perSourcePerSecond: 200,
  maxSources: 65_536,
};
