import type { DialogState } from './dialog.js';
import type { Credentials } from './digest-authorize.js';
import type { SipAddress } from './transport.js';

/** How a call that we placed ended; see OutgoingCall. */
export type CallEnd =
  /** 300 to 699. `q850`: the cause of the Reason header (RFC 3326). */
  | {
      kind: 'rejected';
      status: number;
      reason: string;
      q850: number | null;
      retryAfterSeconds: number | null;
    }
  /** 401 or 407, and we have nothing to give or it was not believed. */
  | { kind: 'unauthorized'; status: number; reason: string }
  /** After `cancel`: the far end's last word, mostly 487; null when it had none. `lateAnswer`: 2xx, and hung up on. */
  | { kind: 'canceled'; status: number | null; reason: string | null; lateAnswer: boolean }
  /** Nothing at all came (timer B, or firstResponseTimeoutMs). */
  | { kind: 'no-response' }
  | { kind: 'unreachable'; error: Error }
  /** `status`: of the answer to our BYE; null when none came, and for theirs. */
  | { kind: 'bye'; side: 'local' | 'remote'; q850: number | null; status: number | null }
  /** A 2xx that we gave in the dialog was never acknowledged. */
  | { kind: 'dialog-lost' };

export interface Provisional {
  /** 101 to 199. */
  status: number;
  reason: string;
  /** Tag of To: which of the phones that ring says so (RFC 3261 §12.1.2); null when it has none, as in RFC 2543. */
  remoteTag: string | null;
  contentType: string | null;
  body: Buffer;
}

export interface Answer {
  status: number;
  reason: string;
  /** Of the phone that answered; see Provisional. */
  remoteTag: string | null;
  body: Buffer;
  contentType: string | null;
  dialog: DialogState;
}

/** None is called before `invite` has returned. */
export interface OutgoingCallHandlers {
  /** The first INVITE was handed to the network without an error, or has been answered. Not told of one that never left. */
  onSent(): void;
  /** Not for a 100, and not after `cancel`. */
  onProvisional(provisional: Provisional): void;
  /** 2xx; the ACK was sent. Not after `cancel`. */
  onAnswered(answer: Answer): void;
  /** A re-INVITE, or UPDATE with an offer: the SDP to answer with, or null to refuse (488). '' asks for our offer. */
  onReinvite?(offer: string): string | null;
  /** The far end's answer to the offer that `onReinvite('')` gave. Without it in the ACK, or when this throws, we hang up. */
  onReinviteAnswer?(sdp: string): void;
  /** Once, last. */
  onEnded(end: CallEnd): void;
}

export interface InviteOptions {
  requestUri: string;
  from: { uri: string; displayName?: string };
  to: { uri: string };
  nextHop: SipAddress;
  /** SDP. */
  offer: string;
  credentials?: Credentials;
  /** Gives up when nothing at all has come by then; timer B (32 s) unless told. */
  firstResponseTimeoutMs?: number;
  handlers: OutgoingCallHandlers;
}

/** A call that we place. */
export interface OutgoingCall {
  readonly callId: string;
  /**
   * Before the answer: CANCEL, as soon as a provisional response allows it (RFC 3261 §9.1). A 2xx that crosses it is
   * acknowledged and hung up on. After the answer, and a second time, it does nothing.
   */
  cancel(): void;
  /** After the answer: BYE, with a Q.850 cause when given. Before it: as `cancel`. */
  bye(q850?: number): void;
}

export interface RingOptions {
  /** 180 unless told; 183 with a body. */
  status?: number;
  reason?: string;
  body?: string;
}

export interface RejectOptions {
  reason?: string;
  headers?: [string, string][];
}

/** How a call that came ended. `lost`: our answer was never acknowledged. */
export interface IncomingCallEnd {
  kind: 'canceled' | 'bye-remote' | 'bye-local' | 'rejected' | 'lost';
}

/** Set by whoever takes the call. */
export interface IncomingCallHandlers {
  /** `sdp`: the caller's answer, when the offer was left to us; null when the ACK has nothing to say. When this throws, we hang up. */
  onAnswerAcked?(sdp: string | null): void;
  /** As in OutgoingCallHandlers; without it every re-INVITE is refused. */
  onReinvite?(offer: string): string | null;
  /** As in OutgoingCallHandlers. */
  onReinviteAnswer?(sdp: string): void;
  /** Once, last; not after `ignore`. */
  onEnded?(end: IncomingCallEnd): void;
}
