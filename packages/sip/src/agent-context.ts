import type { Clock } from './clock.js';
import type { SipRequest } from './message.js';
import type { TransactionLayer } from './transaction-layer.js';
import type { ServerTransaction } from './transaction-server.js';
import type { SipAddress } from './transport.js';

/** Who takes the requests of one dialog. */
export interface DialogUser {
  /** Any request but ACK and CANCEL. */
  receive(transaction: ServerTransaction): void;
  acknowledge(ack: SipRequest): void;
}

/** A call that is to be brought to its end when the agent closes. */
export interface OpenCall {
  /** CANCEL, BYE or a final answer, whichever fits. */
  shutDown(): void;
  /** Ends it without another word, when there is no time left. */
  drop(): void;
}

/** A call that came, as a CANCEL of its INVITE finds it (RFC 3261 §9.2). */
export interface CancelableCall {
  /** Of our answers. */
  readonly tag: string;
  receiveCancel(cancel: SipRequest): void;
}

/** An address that we keep at a registrar until the agent closes. */
export interface OpenRegistration {
  stop(): Promise<void>;
}

/** What the parts of one user agent have in common. */
export interface AgentContext {
  readonly clock: Clock;
  readonly layer: TransactionLayer;
  /** The value of our Contact towards that peer; `publicHost` in place of the host that the agent would name. */
  contactFor(to: SipAddress, publicHost?: string): string;
  /** Of User-Agent and Server. */
  readonly product: string;
  /** By dialog key. */
  readonly dialogs: Map<string, DialogUser>;
  readonly calls: Set<OpenCall>;
  readonly registrations: Set<OpenRegistration>;
  /** By the transaction of its INVITE. */
  readonly received: WeakMap<ServerTransaction, CancelableCall>;
}

/** The methods that we answer, for Allow (RFC 3261 §20.5). */
export const ALLOWED_METHODS = 'INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY';

/** What we read in the body of an INVITE. */
export const SDP_TYPE = 'application/sdp';
