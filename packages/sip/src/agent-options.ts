import type { IncomingCall } from './agent-incoming-call.js';
import type { Clock } from './clock.js';
import type { EdgeOptions } from './edge-forwarder.js';
import type { SipRequest } from './message.js';
import type { SipFault } from './transaction-layer.js';
import type { SipAddress, Transport } from './transport.js';

/** What becomes of a new request. */
export type GateVerdict =
  /** `peer`: who it is, for `onRegister` and the call. */
  | { kind: 'pass'; peer?: unknown }
  /** Not a word, now and whenever it is repeated: to whoever scans for phones there is nobody here. */
  | { kind: 'drop' }
  /** Answered without state, and asked about again when it is repeated. */
  | { kind: 'answer'; status: number; headers?: [string, string][] };

/** The answer to a REGISTER. */
export interface RegisterAnswer {
  status: number;
  headers: [string, string][];
}

export interface UserAgentOptions {
  /** The agent closes it. */
  transport: Transport;
  clock: Clock;
  /** What Via and Contact say towards that peer: where it reaches us. */
  publicAddress(to: SipAddress): { host: string; port: number };
  /** User-Agent and Server. */
  product?: string;
  /** What the requests that are being answered may hold in memory; those beyond are dropped, a fault each. 512 MiB unless told. */
  maxServerBytes?: number;
  /**
   * Asked about every request outside of dialogs before a word is said to it; not about CANCEL and ACK, which follow their
   * INVITE. What was answered without state or dropped is asked about again when it is repeated. Absent: all pass.
   */
  gate?(request: SipRequest, from: SipAddress): GateVerdict;
  /**
   * Whether that source is told about what is broken or belongs to nothing: 400 to what cannot be read, 481 in a dialog that
   * is over. Absent: all are, or with a gate none.
   */
  knows?(from: SipAddress): boolean;
  /** A REGISTER that passed the gate; without it they are answered 405, and 500 when it fails or takes 10 s. */
  onRegister?(request: SipRequest, from: SipAddress, peer: unknown): Promise<RegisterAnswer>;
  /** Takes the calls that come; without it they are answered 503. */
  onInvite?(call: IncomingCall): void;
  /** When whoever is answered 503, since we are about to go or nobody takes calls, may try again (RFC 3261 §20.33); not said unless told. */
  retryAfterSeconds?: number;
  /** A message of a source that is not known, which belongs to nothing and gets no answer: to be counted. */
  onStray?(from: SipAddress): void;
  /** A stream is gone: whoever was to be reached over it is not there any more. */
  onConnectionLost?(connection: string): void;
  /** Passes on what is for devices whose connection is here, on behalf of the other agents of a cluster. */
  edge?: EdgeOptions;
  /** Datagrams that are no SIP or that made something fail: to be counted and logged. */
  onFault?(fault: SipFault): void;
}
