import type { IncomingCall } from '@trunkline/sip';

/** A call as a behaviour sees it: the phone that rings, and its timers, which end with the call. */
export interface Phone {
  readonly call: Pick<IncomingCall, 'request' | 'ring' | 'reject' | 'ignore' | 'bye'>;
  /** Our side of the session, for early media. */
  sdp(): Promise<string>;
  /** Lifts the receiver. */
  answer(): Promise<void>;
  /** Asks who calls (401). The call goes on with the INVITE that answers: this one is no call of its own. */
  challenge(challenges: [string, string][]): void;
  /** Calls whoever called, so long from now, whatever becomes of this call. */
  callBack(ms: number): void;
  /** Not once the call is over. */
  later(ms: number, act: () => void): void;
}

/** What a number does when it is called. */
export type Behaviour = (phone: Phone) => void | Promise<void>;
