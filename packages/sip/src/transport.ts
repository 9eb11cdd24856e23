/** Where datagrams go to and come from: an IP address, never a name; IPv6 without brackets. */
export interface SipAddress {
  host: string;
  port: number;
}

/** What carries the bytes of SIP messages (RFC 3261 §18). */
export interface Transport {
  readonly protocol: 'UDP';
  readonly local: SipAddress;
  /** Never throws. `onDone`, later: null when the network took the datagram, the error when it certainly did not leave. */
  send(data: Buffer, to: SipAddress, onDone?: (error: Error | null) => void): void;
  /** One handler; a later one replaces it. */
  onMessage(handler: (data: Buffer, from: SipAddress) => void): void;
  /**
   * Asks whether anybody listens there: `onRefused` is called when the far host says that nobody does (ICMP). Silence is
   * no answer. Absent where nothing can tell.
   */
  probe?(to: SipAddress, onRefused: (error: Error) => void): void;
  close(): Promise<void>;
}
