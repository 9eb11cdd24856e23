import { Authorizer } from './agent-auth.js';
import type { IncomingCallEnd, IncomingCallHandlers, RejectOptions, RingOptions } from './agent-call.js';
import type { AgentContext, OpenCall } from './agent-context.js';
import { recordRoutes, Session, type SessionOwner } from './agent-session.js';
import type { Timer } from './clock.js';
import { dialogOfRequest } from './dialog.js';
import type { SipRequest, SipResponse } from './message.js';
import { createResponse } from './message-response.js';
import { parseNameAddr } from './parse-name-addr.js';
import { userOf } from './parse-uri.js';
import { randomToken } from './random-token.js';
import type { ServerTransaction } from './transaction-server.js';

/** A caller that neither hangs up nor is answered has gone without a word. */
const MAX_RINGING_MINUTES = 15;
const MINUTE_MS = 60_000;

/** A call that came. What does not fit its state (an answer after the end, say) does nothing. */
export interface IncomingCall {
  readonly request: SipRequest;
  readonly callId: string;
  /** User of the Request-URI, unescaped. */
  readonly calledUser: string;
  /** User of From, unescaped. */
  readonly callerUser: string;
  /** SDP; '' when the caller leaves the offer to us. */
  readonly offer: string;
  handlers: IncomingCallHandlers;
  ring(options?: RingOptions): void;
  /** 200 with this SDP, repeated until it is acknowledged (RFC 3261 §13.3.1.4). */
  answer(sdp: string): void;
  /** 300 to 699. */
  reject(status: number, options?: RejectOptions): void;
  /** Behaves as if the INVITE had never come: not even a 100 is sent, and its retransmissions are absorbed. */
  ignore(): void;
  /** Hangs up; before the ACK of our answer has come, as soon as it comes (RFC 3261 §15). Before an answer: 480. */
  bye(q850?: number): void;
}

export class ReceivedCall implements IncomingCall, OpenCall, SessionOwner {
  readonly request: SipRequest;
  readonly callId: string;
  readonly calledUser: string;
  readonly callerUser: string;
  readonly offer: string;
  handlers: IncomingCallHandlers = {};
  private stage: 'ringing' | 'answered' | 'leaving' | 'over' = 'ringing';
  private readonly session: Session;
  private ringing: Timer;
  private minutes = 0;
  /** The provisional response that holds: repeated every minute, or proxies give the call up (RFC 3261 §13.3.1.1). */
  private provisional: SipResponse | null = null;
  private wantedBye: { q850: number | undefined } | null = null;
  private readonly localTag = randomToken(8);

  constructor(
    private readonly context: AgentContext,
    private readonly transaction: ServerTransaction,
  ) {
    this.request = transaction.request;
    const { headers, uri, body } = this.request;
    this.callId = headers.get('Call-ID') ?? '';
    this.calledUser = userOf(uri);
    this.callerUser = userOf(parseNameAddr(headers.get('From') ?? '').uri);
    this.offer = body.toString('utf8');
    const dialog = dialogOfRequest(this.request, this.localTag, transaction.from);
    const auth = new Authorizer(undefined);
    this.session = new Session(context, dialog, { owner: this, auth, phase: 'answering' });
    this.ringing = this.afterMinute();
    context.calls.add(this);
  }

  ring(options: RingOptions = {}): void {
    if (this.stage !== 'ringing') return;
    const { status = 180, reason, body } = options;
    this.respond(status, {
      headers: [
        ['Contact', this.context.contactFor(this.transaction.from)],
        ['Server', this.context.product],
      ],
      ...(reason === undefined ? {} : { reason }),
      ...(body === undefined ? {} : { body }),
    });
  }

  answer(sdp: string): void {
    if (this.stage !== 'ringing') return;
    this.stage = 'answered';
    this.ringing.cancel();
    this.session.accept(this.transaction, sdp);
  }

  reject(status: number, options: RejectOptions = {}): void {
    if (this.stage !== 'ringing') return;
    this.respond(status, options);
    this.session.close();
    this.end({ kind: 'rejected' });
  }

  ignore(): void {
    if (this.stage !== 'ringing') return;
    this.transaction.ignore();
    this.handlers = {};
    this.session.close();
    this.end({ kind: 'rejected' });
  }

  bye(q850?: number): void {
    if (this.stage === 'ringing') this.reject(480);
    if (this.stage !== 'answered') return;
    if (this.session.isUnacknowledged) {
      this.wantedBye = { q850 };
      return;
    }
    this.stage = 'leaving';
    this.session.bye(q850 ?? this.wantedBye?.q850, () => this.end({ kind: 'bye-local' }));
  }

  shutDown(): void {
    if (this.stage === 'ringing') this.reject(503);
    else this.bye();
  }

  drop(): void {
    this.session.close();
    this.end({ kind: 'lost' });
  }

  /** A tag for the answer to a CANCEL: it is to be the same as the INVITE's (RFC 3261 §9.2). */
  get tag(): string {
    return this.localTag;
  }

  /** CANCEL came; after an answer it has no effect (RFC 3261 §9.2). */
  receiveCancel(): void {
    if (this.stage !== 'ringing') return;
    this.respond(487);
    this.session.close();
    this.end({ kind: 'canceled' });
  }

  onReinvite(offer: string): string | null {
    return this.handlers.onReinvite?.(offer) ?? null;
  }

  onRemoteBye(): void {
    if (this.stage === 'ringing') this.respond(487);
    this.end({ kind: 'bye-remote' });
  }

  onReinviteAnswer(sdp: string): void {
    this.handlers.onReinviteAnswer?.(sdp);
  }

  onAcked(sdp: string | null): void {
    try {
      this.handlers.onAnswerAcked?.(sdp);
    } finally {
      if (this.wantedBye) this.bye();
    }
  }

  onLost(): void {
    this.end({ kind: this.wantedBye ? 'bye-local' : 'lost' });
  }

  private respond(
    status: number,
    options: { reason?: string; headers?: [string, string][]; body?: string } = {},
  ) {
    const headers: [string, string][] = [...recordRoutesOf(this.request, status), ...(options.headers ?? [])];
    const response = createResponse(this.request, status, { ...options, headers, toTag: this.localTag });
    this.transaction.respond(response);
    if (status < 200) this.provisional = response;
  }

  private afterMinute(): Timer {
    const { clock, layer } = this.context;
    return clock.after(MINUTE_MS, () => layer.guard(this.transaction.from, () => this.ringOn()));
  }

  private ringOn(): void {
    this.minutes += 1;
    if (this.minutes >= MAX_RINGING_MINUTES) {
      this.reject(480);
      return;
    }
    this.ringing = this.afterMinute();
    if (this.provisional) this.transaction.respond(this.provisional);
  }

  private end(end: IncomingCallEnd): void {
    if (this.stage === 'over') return;
    this.stage = 'over';
    this.ringing.cancel();
    this.context.calls.delete(this);
    this.handlers.onEnded?.(end);
  }
}

/** Only what makes a dialog carries its route (RFC 3261 §12.1.1). */
function recordRoutesOf(request: SipRequest, status: number): [string, string][] {
  return status > 100 && status < 200 ? recordRoutes(request) : [];
}
