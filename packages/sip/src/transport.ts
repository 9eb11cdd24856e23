import type { SipParseError } from './errors.js';

/** What carries a message, as a Via writes it (RFC 3261 §20.42). */
export type SipProtocol = 'UDP' | 'TCP' | 'TLS';

/** Where messages go to and come from. */
export interface SipAddress {
  /** An IP address, never a name; IPv6 without brackets. */
  host: string;
  port: number;
  /** UDP unless told. */
  protocol?: SipProtocol;
  /** TLS: the name that the far end's certificate is to show (RFC 5922 §7.1). */
  serverName?: string;
  /** A stream that is open already: used as long as it still is. */
  connection?: string;
}

/** What a transport holds and what it has dropped since it began; for metrics. */
export interface TransportCounts {
  /** That listen. */
  sockets: number;
  /** Streams that are open or being opened, from both sides. */
  connections: number;
  /** Streams that were closed at once because there were too many, all in all or from one source. */
  refusedConnections: number;
  /** Streams that could not be opened, or whose certificate did not fit. */
  failedConnections: number;
  /** Streams that were closed because what came on them could not be read, or came too slowly. */
  droppedMalformed: number;
  /** Messages of sources that send too many, dropped before they were read. */
  droppedByRate: number;
  /** Messages of ours that were not sent since the far end does not read what it has got. */
  droppedFull: number;
}

/** What carries the bytes of SIP messages (RFC 3261 §18). */
export interface Transport {
  /** Where it listens for that protocol; null when it does not. */
  localOf(protocol: SipProtocol): SipAddress | null;
  /** Where it listens for UDP, or for the first protocol that it speaks. */
  readonly local: SipAddress;
  /**
   * Never throws; opens a connection, or uses the one that is there. `onDone`, later: null when the network took the
   * message, with the stream that it left on; the error when it did not leave as a whole.
   */
  send(data: Buffer, to: SipAddress, onDone?: (error: Error | null, connection?: string) => void): void;
  /** One whole message at a time. One handler; a later one replaces it. */
  onMessage(handler: (data: Buffer, from: SipAddress) => void): void;
  /**
   * Asks whether anybody listens there: `onRefused` is called when the far host says that nobody does (ICMP). Silence is
   * no answer. Absent where nothing can tell.
   */
  probe?(to: SipAddress, onRefused: (error: Error) => void): void;
  /** Whether a stream that we opened to there is open. Absent where there are no streams. */
  hasStreamTo?(to: SipAddress): boolean;
  /** A stream that can be read no further and is about to be closed. One handler. */
  onUnreadable?(handler: (error: SipParseError, from: SipAddress) => void): void;
  /** A stream is gone: what was sent on it and is not answered may never be. One handler. */
  onLost?(handler: (connection: string, error: Error) => void): void;
  /**
   * A request that left on that stream at `sinceMs` was not answered in time. If nothing else has come on it since then,
   * the far end may be gone without a word: the next request gets a stream of its own.
   */
  suspect?(connection: string, sinceMs: number): void;
  counts(): TransportCounts;
  close(): Promise<void>;
}

/** Nothing held, nothing dropped. */
export const NO_TRANSPORT_COUNTS: Readonly<TransportCounts> = {
  sockets: 0,
  connections: 0,
  refusedConnections: 0,
  failedConnections: 0,
  droppedMalformed: 0,
  droppedByRate: 0,
  droppedFull: 0,
};

export function protocolOf(address: SipAddress): SipProtocol {
  return address.protocol ?? 'UDP';
}

/** Over a stream nothing is lost or doubled, so that transactions repeat nothing (RFC 3261 §17). */
export function isReliable(address: SipAddress): boolean {
  return protocolOf(address) !== 'UDP';
}

/** Where a peer listens that does not say its port (RFC 3261 §19.1.2). */
export function defaultPortOf(protocol: SipProtocol): number {
  return protocol === 'TLS' ? 5061 : 5060;
}
