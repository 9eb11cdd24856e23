import { Authorizer } from './agent-auth.js';
import type {
  AnswerOptions,
  CallInfo,
  IncomingCallEnd,
  IncomingCallHandlers,
  Refer,
  RejectOptions,
  RenegotiateResult,
  RingOptions,
} from './agent-call.js';
import type { AgentContext, OpenCall } from './agent-context.js';
import { Ringing, type RingingPort } from './agent-incoming-ring.js';
import { chooseReliability } from './agent-reliable-uas.js';
import { type LossCause, Session, type SessionOwner } from './agent-session.js';
import { type DialogState, dialogOfRequest } from './dialog.js';
import type { SipRequest } from './message.js';
import { q850CauseOf } from './message-fields.js';
import { createResponse } from './message-response.js';
import { parseNameAddr } from './parse-name-addr.js';
import { Q850_NORMAL_CLEARING } from './parse-reason.js';
import { userOf } from './parse-uri.js';
import { randomToken } from './random-token.js';
import type { ServerTransaction } from './transaction-server.js';
import type { SipAddress } from './transport.js';

/** A call that came. What does not fit its state (an answer after the end, say) does nothing. */
export interface IncomingCall {
  readonly request: SipRequest;
  /** Where the INVITE came from. */
  readonly from: SipAddress;
  /** Whom the gate took it for; undefined without a gate. */
  readonly peer: unknown;
  readonly callId: string;
  /** User of the Request-URI, unescaped. */
  readonly calledUser: string;
  /** User of From, unescaped. */
  readonly callerUser: string;
  /** SDP; '' when the caller leaves the offer to us. */
  readonly offer: string;
  handlers: IncomingCallHandlers;
  /** Our Contact and Via name it in place of the agent's own host: to be set before the call is answered or rings. */
  publicHost: string | undefined;
  ring(options?: RingOptions): void;
  /**
   * 200 with this SDP, repeated until it is acknowledged (RFC 3261 §13.3.1.4). It waits for the PRACK of a reliable `ring`
   * that had SDP, and then has none, since that one holds.
   */
  answer(sdp: string, options?: AnswerOptions): void;
  /** 300 to 699. */
  reject(status: number, options?: RejectOptions): void;
  /** Behaves as if the INVITE had never come: not even a 100 is sent, and its retransmissions are absorbed. */
  ignore(): void;
  /** Hangs up; before the ACK of our answer has come, as soon as it comes (RFC 3261 §15). Before an answer: 480. */
  bye(q850?: number): void;
  /**
   * A new offer: in a re-INVITE (RFC 3261 §14.1), or before the answer in an UPDATE, once a reliable `ring` has agreed on
   * something and where the caller takes it. Refused, the call stays as it was.
   */
  renegotiate(offer: string, done: (result: RenegotiateResult) => void): void;
  /** The dialog as it stands, for another process that may have to hang up on it. */
  dialog(): DialogState;
}

/** `answering`: the answer waits for a PRACK. */
type Stage = 'ringing' | 'answering' | 'answered' | 'leaving' | 'over';

export class ReceivedCall implements IncomingCall, OpenCall, SessionOwner, RingingPort {
  readonly request: SipRequest;
  readonly from: SipAddress;
  readonly callId: string;
  readonly calledUser: string;
  readonly callerUser: string;
  readonly offer: string;
  handlers: IncomingCallHandlers = {};
  publicHost: string | undefined;
  private stage: Stage = 'ringing';
  readonly session: Session;
  private readonly ringing: Ringing;
  private heldAnswer: (() => void) | null = null;
  private wantedBye: { q850: number | undefined } | null = null;
  private readonly localTag = randomToken(8);

  constructor(
    private readonly context: AgentContext,
    readonly transaction: ServerTransaction,
    readonly peer: unknown = undefined,
  ) {
    this.request = transaction.request;
    this.from = transaction.from;
    const { headers, uri, body } = this.request;
    this.callId = headers.get('Call-ID') ?? '';
    this.calledUser = userOf(uri);
    this.callerUser = userOf(parseNameAddr(headers.get('From') ?? '').uri);
    this.offer = body.toString('utf8');
    const dialog = dialogOfRequest(this.request, this.localTag, transaction.from);
    this.session = new Session(context, dialog, {
      owner: this,
      auth: new Authorizer(undefined),
      inviter: 'remote',
      offer: this.offer,
      onPrack: (prack) => this.ringing.reliable.receivePrack(prack),
    });
    this.session.note(this.request);
    this.ringing = new Ringing(context, this);
    context.calls.add(this);
  }

  dialog(): DialogState {
    return this.session.dialog.snapshot();
  }

  ring(options: RingOptions = {}): void {
    if (this.stage !== 'ringing') return;
    const { status = 180, reason, body = '' } = options;
    const reliability = chooseReliability(this.request, options.reliable);
    if (reliability === 420) this.reject(420, { headers: [['Unsupported', '100rel']] });
    else if (reliability === 421) this.reject(421, { headers: [['Require', '100rel']] });
    else {
      // What is answered in the early dialog says where we are, too.
      this.session.publicHost = this.publicHost;
      this.ringing.say({ status, reason, body }, reliability === 'reliable' && status > 100);
    }
  }

  answer(sdp: string, options: AnswerOptions = {}): void {
    if (this.stage !== 'ringing') return;
    this.stage = 'answering';
    this.heldAnswer = () => this.accept(sdp, options);
    this.ringing.reliable.finish();
    if (!this.ringing.reliable.holdsAnswer) this.release();
  }

  reject(status: number, options: RejectOptions = {}): void {
    if (this.stage !== 'ringing') return;
    this.refuse(status, options);
    this.end({ kind: 'rejected', q850: null });
  }

  ignore(): void {
    if (this.stage !== 'ringing') return;
    this.transaction.ignore();
    this.handlers = {};
    this.session.close();
    this.end({ kind: 'rejected', q850: null });
  }

  bye(q850?: number): void {
    if (this.isOpen) this.giveUp(480, { kind: 'rejected', q850: null });
    if (this.stage !== 'answered') return;
    this.wantedBye ??= { q850 };
    if (this.session.isUnacknowledged) return;
    this.stage = 'leaving';
    const cause = this.wantedBye.q850 ?? Q850_NORMAL_CLEARING;
    this.session.bye(cause, () => this.end({ kind: 'bye-local', q850: cause }));
  }

  renegotiate(offer: string, done: (result: RenegotiateResult) => void): void {
    this.session.renegotiate(offer, done);
  }

  shutDown(status = 503): void {
    if (this.isOpen) this.giveUp(status, { kind: 'rejected', q850: null });
    else this.bye();
  }

  drop(): void {
    this.session.close();
    this.end({ kind: 'lost', q850: null });
  }

  /** A tag for the answer to a CANCEL: it is to be the same as the INVITE's (RFC 3261 §9.2). */
  get tag(): string {
    return this.localTag;
  }

  /** CANCEL came; after an answer it has no effect (RFC 3261 §9.2). */
  receiveCancel(cancel: SipRequest): void {
    if (this.isOpen) this.giveUp(487, { kind: 'canceled', q850: q850CauseOf(cancel) });
  }

  onReinvite(offer: string): string | null {
    return this.handlers.onReinvite?.(offer) ?? null;
  }

  onRemoteBye(q850: number | null): void {
    if (this.isOpen) this.respond(487);
    this.end({ kind: 'bye-remote', q850 });
  }

  onReinviteAnswer(sdp: string): void {
    this.handlers.onReinviteAnswer?.(sdp);
  }

  onRefer(refer: Refer): void {
    if (this.handlers.onRefer) this.handlers.onRefer(refer);
    else refer.refuse();
  }

  onInfo(info: CallInfo): void {
    this.handlers.onInfo?.(info);
  }

  onAcked(sdp: string | null): void {
    try {
      this.handlers.onAnswerAcked?.(sdp);
    } finally {
      if (this.wantedBye) this.bye();
    }
  }

  onLost(cause: LossCause): void {
    if (cause === 'expired') this.end({ kind: 'session-expired', q850: null });
    else if (this.wantedBye) this.end({ kind: 'bye-local', q850: this.wantedBye.q850 ?? null });
    else this.end({ kind: 'lost', q850: null });
  }

  onAcknowledged(answer: string | null): void {
    if (answer !== null && this.isOpen) this.takeEarlyAnswer(answer);
    if (this.heldAnswer && !this.ringing.reliable.holdsAnswer) this.release();
  }

  onGiveUp(): void {
    this.giveUp(504, { kind: 'lost', q850: null });
  }

  onLate(): void {
    this.giveUp(480, { kind: 'rejected', q850: null });
  }

  /** No final response was given yet. */
  private get isOpen(): boolean {
    return this.stage === 'ringing' || this.stage === 'answering';
  }

  private takeEarlyAnswer(answer: string): void {
    try {
      if (answer !== '') this.handlers.onEarlyAnswer?.(answer);
      else this.giveUp(488, { kind: 'rejected', q850: null });
    } catch (error) {
      this.giveUp(488, { kind: 'rejected', q850: null });
      throw error;
    }
  }

  private release(): void {
    const { heldAnswer } = this;
    this.heldAnswer = null;
    if (this.stage === 'answering') heldAnswer?.();
  }

  private accept(sdp: string, { sessionExpiresSeconds, allowRefer, credentials }: AnswerOptions): void {
    this.stage = 'answered';
    this.ringing.stop();
    this.session.publicHost = this.publicHost;
    this.session.accept(this.transaction, sdp, {
      sessionSeconds: sessionExpiresSeconds ?? null,
      allowRefer: allowRefer ?? false,
      credentials,
    });
  }

  /** A final response that nobody asked for by `reject`. */
  private giveUp(status: number, end: IncomingCallEnd): void {
    if (!this.isOpen) return;
    this.refuse(status);
    this.end(end);
  }

  private refuse(status: number, options: RejectOptions = {}): void {
    this.respond(status, options);
    this.session.close();
  }

  private respond(status: number, options: RejectOptions = {}): void {
    this.transaction.respond(createResponse(this.request, status, { ...options, toTag: this.localTag }));
  }

  private end(end: IncomingCallEnd): void {
    if (this.stage === 'over') return;
    this.stage = 'over';
    this.heldAnswer = null;
    this.ringing.stop();
    this.context.calls.delete(this);
    // The transaction lives on for a while, and is not to keep the call.
    this.context.received.set(this.transaction, { tag: this.localTag, receiveCancel: () => {} });
    this.handlers.onEnded?.(end);
  }
}
