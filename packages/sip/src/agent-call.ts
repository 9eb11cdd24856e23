import type { DialogState } from './dialog.js';
import type { Credentials } from './digest-authorize.js';
import type { Reason } from './parse-reason.js';
import type { SipAddress } from './transport.js';

/** How a call that we placed ended; see OutgoingCall. */
export type CallEnd =
  /**
   * 300 to 699, or 408 of the network's own making. `q850`: the cause of the Reason header (RFC 3326). `contacts`: the URIs
   * that a 3xx named and that were not followed, best first; at most 16.
   */
  | {
      kind: 'rejected';
      status: number;
      reason: string;
      q850: number | null;
      retryAfterSeconds: number | null;
      contacts: string[];
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
  /** A 2xx that we gave in the dialog was never acknowledged, or a request of ours in it was answered 481 or 408. */
  | { kind: 'dialog-lost' }
  /** The far end let the session run out (RFC 4028 §10); BYE was sent. */
  | { kind: 'session-expired' };

/** A REFER that came (RFC 3515): somebody wants our side to call another. It is answered once; until then nothing is sent. */
export interface Refer {
  /** The URI of Refer-To, as written. */
  readonly referTo: string;
  /** The URI of Referred-By (RFC 3892); null when there is none. */
  readonly referredBy: string | null;
  /** 202, then NOTIFY with `message/sipfrag`: `notify` tells a status line of the new call, the first final one is the last. */
  accept(): { notify(status: number, reason: string): void };
  /** 603 unless told. */
  refuse(status?: number): void;
}

/** An INFO that came in a dialog (RFC 6086), and was confirmed. */
export interface CallInfo {
  contentType: string;
  body: Buffer;
}

/** What came of a re-INVITE or UPDATE of ours; `status` is null when no answer came. */
export type RenegotiateResult = { ok: true; answer: string } | { ok: false; status: number | null };

/** One target of a call did not take it, and another is tried. */
export interface TargetFailure {
  target: SipAddress;
  /** Null when it gave no response. */
  status: number | null;
  reason: string | null;
  q850: number | null;
  failure: 'no-response' | 'unreachable' | 'rejected' | 'redirected';
  /** Of an `unreachable` one. */
  error?: Error;
  /** Retry-After, for a 503 above all; null when there is none. */
  retryAfterSeconds: number | null;
}

export interface Provisional {
  /** 101 to 199. */
  status: number;
  reason: string;
  /** Tag of To: which of the phones that ring says so (RFC 3261 §12.1.2); null when it has none, as in RFC 2543. */
  remoteTag: string | null;
  contentType: string | null;
  body: Buffer;
  /** It was sent reliably, and we acknowledged it (RFC 3262): its SDP is a part of the negotiation, not only a hint. */
  reliable: boolean;
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
  /**
   * An INVITE was handed to the network without an error, or has been answered. For each target and each redirect, not for
   * the one that repeats a call with credentials or another session interval; not told of one that never left.
   */
  onSent(target: SipAddress): void;
  /** A target did not take the call, and another INVITE is on its way; of the last one `onEnded` tells. Before its `onSent`. */
  onTargetFailed?(failure: TargetFailure): void;
  /** Not for a 100, and not after `cancel`. */
  onProvisional(provisional: Provisional): void;
  /** 2xx; the ACK was sent. Not after `cancel`. */
  onAnswered(answer: Answer): void;
  /** A re-INVITE, or UPDATE with an offer: the SDP to answer with, or null to refuse (488). '' asks for our offer. */
  onReinvite?(offer: string): string | null;
  /** The far end's answer to the offer that `onReinvite('')` gave. Without it in the ACK, or when this throws, we hang up. */
  onReinviteAnswer?(sdp: string): void;
  /** Only with `allowRefer`; otherwise REFER is answered 603, for nobody is to place calls on our bill. */
  onRefer?(refer: Refer): void;
  /** DTMF by INFO. */
  onInfo?(info: CallInfo): void;
  /** Once, last. */
  onEnded(end: CallEnd): void;
}

export interface InviteOptions {
  requestUri: string;
  from: { uri: string; displayName?: string };
  to: { uri: string };
  /**
   * At least one, in the order to try them (RFC 3263 §4.3). The next is tried after 503, a network's refusal, or silence,
   * and only while no phone was reached: a provisional response other than 100 binds the call to its target.
   */
  targets: readonly SipAddress[];
  /** SDP. */
  offer: string;
  credentials?: Credentials;
  /**
   * Gives a target up when nothing at all has come by then; 4 s unless told while there is another, timer B (32 s) for the
   * last.
   */
  firstResponseTimeoutMs?: number;
  /** More headers of the INVITE: P-Asserted-Identity, Privacy, X-... Not those that the call itself writes. */
  headers?: readonly (readonly [string, string])[];
  /** URIs or values of Route that the INVITE is to pass first, an outbound proxy say. */
  routes?: readonly string[];
  /** Contact and Via name it in place of the agent's own. */
  publicHost?: string;
  /** RFC 3262; 'supported' unless told. */
  reliable?: 'off' | 'supported' | 'required';
  /** What we propose as the interval of the session timer (RFC 4028), 90 or more; null: off. 1800 unless told. */
  sessionExpiresSeconds?: number | null;
  /**
   * 3xx: its Contacts are tried, best q first, at most 5 deep, and only where they name one of `targets` by address or no
   * address at all but the host of the Request-URI: the bill is ours. Otherwise a 3xx ends the call.
   */
  followRedirects?: boolean;
  allowRefer?: boolean;
  handlers: OutgoingCallHandlers;
}

/** A call that we place. */
export interface OutgoingCall {
  readonly callId: string;
  /**
   * Before the answer: CANCEL, as soon as a provisional response allows it (RFC 3261 §9.1). A 2xx that crosses it is
   * acknowledged and hung up on. After the answer, and a second time, it does nothing.
   *
   * @param reason says why, in a Reason header (RFC 3326)
   */
  cancel(reason?: Reason): void;
  /** After the answer: BYE, with a Q.850 cause when given. Before it: as `cancel`. */
  bye(q850?: number): void;
  /** After the answer: a new offer in a re-INVITE (RFC 3261 §14.1); fails at once before and after. */
  renegotiate(offer: string, done: (result: RenegotiateResult) => void): void;
}

export interface RingOptions {
  /** 180 unless told; 183 with a body. */
  status?: number;
  reason?: string;
  /** Early media: the answer to the caller's offer, or our offer when it made none (then only reliably). */
  body?: string;
  /**
   * RFC 3262. true: repeated until the caller confirms it by PRACK, where the caller can do that; 'required': a caller that
   * cannot is refused with 421; false: a caller that insists is refused with 420. Where the caller insists, reliably, unless
   * told.
   */
  reliable?: boolean | 'required';
}

export interface AnswerOptions {
  /** The session timer (RFC 4028) that we want, 90 or more; null: none but the caller's own. The caller's wish unless told. */
  sessionExpiresSeconds?: number | null;
  /** `onRefer` is told; otherwise REFER is answered 603, for nobody is to place calls on our bill. */
  allowRefer?: boolean;
  /** For a far end that challenges our requests in the dialog. */
  credentials?: Credentials;
}

export interface RejectOptions {
  reason?: string;
  /** Reason, Retry-After, Contact of a 3xx, ... */
  headers?: [string, string][];
}

/**
 * How a call that came ended. `lost`: our answer was never acknowledged, or a request of ours found no dialog.
 * `session-expired`: the caller let the session run out (RFC 4028 §10).
 */
export interface IncomingCallEnd {
  kind: 'canceled' | 'bye-remote' | 'bye-local' | 'rejected' | 'lost' | 'session-expired';
  /** The cause in the Reason of their BYE or CANCEL, or of our BYE (RFC 3326); null when there is none. */
  q850: number | null;
}

/** Set by whoever takes the call. */
export interface IncomingCallHandlers {
  /** `sdp`: the caller's answer, when the offer was left to us; null when the ACK has nothing to say. When this throws, we hang up. */
  onAnswerAcked?(sdp: string | null): void;
  /** The caller's answer to the offer in a reliable `ring`; when this throws, the call is refused. */
  onEarlyAnswer?(sdp: string): void;
  /** As in OutgoingCallHandlers; without it every re-INVITE is refused. */
  onReinvite?(offer: string): string | null;
  /** As in OutgoingCallHandlers. */
  onReinviteAnswer?(sdp: string): void;
  /** As in OutgoingCallHandlers. */
  onRefer?(refer: Refer): void;
  /** As in OutgoingCallHandlers. */
  onInfo?(info: CallInfo): void;
  /** Once, last; not after `ignore`. */
  onEnded?(end: IncomingCallEnd): void;
}
