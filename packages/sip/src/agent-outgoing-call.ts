import { Authorizer } from './agent-auth.js';
import type { CallEnd, InviteOptions, OutgoingCall, RenegotiateResult } from './agent-call.js';
import type { AgentContext, OpenCall } from './agent-context.js';
import { Forks, remoteTagOf } from './agent-forks.js';
import { buildInvite } from './agent-invite.js';
import type { SessionOwner } from './agent-session.js';
import type { Timer } from './clock.js';
import type { SipRequest, SipResponse } from './message.js';
import { q850CauseOf } from './message-fields.js';
import { randomToken } from './random-token.js';
import type { ClientFailure, ClientTransaction } from './transaction-client.js';
import { GIVE_UP_MS } from './transaction-timers.js';
import type { SipAddress } from './transport.js';

/** A phone that rings longer is given up, whoever forgot it. */
const MAX_RINGING_MS = 15 * 60_000;

/**
 * `inviting`: no final response yet. `talking`: a 2xx was acknowledged. `leaving`: our BYE is out. `over`: told its end;
 * its INVITE may still be answered, and then gets ACK and BYE.
 */
type Stage = 'inviting' | 'talking' | 'leaving' | 'over';

/** Places a call. @throws UnsafeValueError when an option cannot be written into a message; then nothing is sent */
export function placeCall(context: AgentContext, options: InviteOptions): OutgoingCall {
  const call = new PlacedCall(context, options);
  call.start();
  return call;
}

class PlacedCall implements OutgoingCall, OpenCall, SessionOwner {
  readonly callId = randomToken(16);
  private readonly localTag = randomToken(8);
  private readonly auth: Authorizer;
  private cseq = 0;
  private stage: Stage = 'inviting';
  private invite: ClientTransaction | null = null;
  /** A provisional response to the current INVITE came: it may be canceled. */
  private isProceeding = false;
  private isCanceled = false;
  private isCancelSent = false;
  private wasSentTold = false;
  private readonly timers: { silence?: Timer; ringing?: Timer; canceled?: Timer } = {};
  private readonly forks: Forks;

  constructor(
    private readonly context: AgentContext,
    private readonly options: InviteOptions,
  ) {
    this.auth = new Authorizer(options.credentials);
    this.forks = new Forks(context, { owner: this, auth: this.auth, nextHop: firstOf(options.targets) });
  }

  start(): void {
    this.sendInvite();
    this.context.calls.add(this);
  }

  cancel(): void {
    if (this.stage !== 'inviting' || this.isCanceled) return;
    this.isCanceled = true;
    this.sendCancel();
  }

  bye(q850?: number): void {
    if (this.stage === 'inviting') this.cancel();
    if (this.stage !== 'talking') return;
    this.stage = 'leaving';
    this.forks.bye(q850, (status) => this.end({ kind: 'bye', side: 'local', q850: q850 ?? null, status }));
  }

  renegotiate(_offer: string, done: (result: RenegotiateResult) => void): void {
    done({ ok: false, status: null });
  }

  shutDown(): void {
    this.bye();
  }

  onReinvite(offer: string): string | null {
    return this.options.handlers.onReinvite?.(offer) ?? null;
  }

  onReinviteAnswer(sdp: string): void {
    this.options.handlers.onReinviteAnswer?.(sdp);
  }

  /** One of several phones that rang may hang up before the answer; the INVITE has its own end. */
  onRemoteBye(q850: number | null): void {
    if (this.stage === 'talking') this.end({ kind: 'bye', side: 'remote', q850, status: null });
  }

  onLost(): void {
    if (this.stage === 'talking') this.end({ kind: 'dialog-lost' });
  }

  drop(): void {
    this.end(
      this.stage === 'inviting'
        ? CANCELED_IN_SILENCE
        : { kind: 'bye', side: 'local', q850: null, status: null },
    );
  }

  private sendInvite(): void {
    const { requestUri } = this.options;
    const nextHop = firstOf(this.options.targets);
    this.cseq += 1;
    const request = buildInvite(this.context, this.options, {
      callId: this.callId,
      localTag: this.localTag,
      cseq: this.cseq,
      target: nextHop,
      credentials: this.auth.headersFor('INVITE', requestUri),
    });
    this.isProceeding = false;
    this.invite = this.context.layer.request(request, nextHop, {
      onResponse: (response) => this.receive(request, response),
      onFailure: (failure) => this.fail(failure),
      onSent: () => this.tellSent(),
    });
    this.awaitResponse();
  }

  /** Each INVITE has its own patience: a trunk may challenge the one and be silent to the other. */
  private awaitResponse(): void {
    const { firstResponseTimeoutMs } = this.options;
    if (firstResponseTimeoutMs !== undefined)
      this.timers.silence = this.after(firstResponseTimeoutMs, () => this.giveUpSilence());
  }

  /** A CANCEL may not overtake its INVITE: it waits for a sign that the INVITE has arrived (RFC 3261 §9.1). */
  private sendCancel(): void {
    const { invite } = this;
    if (!this.isProceeding || this.isCancelSent || !invite) return;
    this.isCancelSent = true;
    this.context.layer.cancel(invite);
    this.timers.canceled = this.after(GIVE_UP_MS, () => {
      invite.abandon();
      this.end(CANCELED_IN_SILENCE);
    });
  }

  /**
   * The trunk is given up. Its INVITE is not sent again, so that no phone begins to ring now; one that rings already is
   * canceled by the first response, or hung up on if it answers.
   */
  private giveUpSilence(): void {
    const wasCanceled = this.isCanceled;
    this.isCanceled = true;
    this.invite?.hush();
    this.end(wasCanceled ? CANCELED_IN_SILENCE : { kind: 'no-response' });
  }

  private receive(invite: SipRequest, response: SipResponse): void {
    this.timers.silence?.cancel();
    this.tellSent();
    if (response.status < 200) {
      this.receiveProvisional(invite, response);
      return;
    }
    this.timers.canceled?.cancel();
    if (response.status < 300) this.receiveAnswer(invite, response);
    else this.receiveFailure(response);
  }

  private receiveProvisional(invite: SipRequest, response: SipResponse): void {
    this.isProceeding = true;
    if (this.isCanceled) {
      this.sendCancel();
      return;
    }
    this.timers.ringing ??= this.after(MAX_RINGING_MS, () => this.cancel());
    if (response.status === 100) return;
    this.forks.ring(invite, response);
    this.options.handlers.onProvisional({
      ...sayingsOf(response),
      remoteTag: remoteTagOf(response) || null,
      reliable: false,
    });
  }

  /** The first 2xx wins; each other phone that answered is hung up on, and so is any that answers too late. */
  private receiveAnswer(invite: SipRequest, response: SipResponse): void {
    if (this.forks.acknowledgeAgain(response)) return;
    if (this.stage === 'inviting' && !this.isCanceled) this.win(invite, response);
    else this.hangUpOn(invite, response);
  }

  private win(invite: SipRequest, response: SipResponse): void {
    const dialog = this.forks.win(invite, response);
    this.stage = 'talking';
    this.timers.ringing?.cancel();
    const remoteTag = remoteTagOf(response) || null;
    this.options.handlers.onAnswered({ ...sayingsOf(response), remoteTag, dialog });
  }

  private hangUpOn(invite: SipRequest, response: SipResponse): void {
    const { status, reason } = response;
    this.forks.hangUpOn(invite, response);
    if (this.stage === 'inviting') this.end({ kind: 'canceled', status, reason, lateAnswer: true });
  }

  private receiveFailure(response: SipResponse): void {
    const { status, reason } = response;
    this.forks.closeLosers();
    if (this.isCanceled) this.end({ kind: 'canceled', status, reason, lateAnswer: false });
    else if (status === 401 || status === 407) this.authorizeOrEnd(response);
    else
      this.end({
        kind: 'rejected',
        status,
        reason,
        q850: q850CauseOf(response),
        retryAfterSeconds: retryAfterOf(response),
        contacts: [],
      });
  }

  /** RFC 3261 §22.2: the same call once more, with credentials. */
  private authorizeOrEnd(response: SipResponse): void {
    if (!this.auth.learn(response)) {
      this.end({ kind: 'unauthorized', status: response.status, reason: response.reason });
      return;
    }
    try {
      this.sendInvite();
    } catch (error) {
      this.end({ kind: 'unreachable', error: error as Error });
    }
  }

  private fail(failure: ClientFailure): void {
    this.timers.canceled?.cancel();
    const wasCanceled = this.isCanceled;
    // One that was refused may have arrived: as in `giveUpSilence`.
    this.isCanceled = true;
    if (wasCanceled) this.end(CANCELED_IN_SILENCE);
    else if (failure.kind === 'timeout') this.end({ kind: 'no-response' });
    else this.end(failure);
  }

  private end(end: CallEnd): void {
    if (this.stage === 'over') return;
    this.stage = 'over';
    this.timers.silence?.cancel();
    this.timers.ringing?.cancel();
    this.forks.closeLosers();
    this.context.calls.delete(this);
    this.options.handlers.onEnded(end);
  }

  private tellSent(): void {
    if (this.wasSentTold || this.stage === 'over') return;
    this.wasSentTold = true;
    this.options.handlers.onSent(firstOf(this.options.targets));
  }

  private after(ms: number, run: () => void): Timer {
    const { clock, layer } = this.context;
    return clock.after(ms, () => layer.guard(firstOf(this.options.targets), run));
  }
}

/** Nothing came after the CANCEL, or nothing ever. */
const CANCELED_IN_SILENCE = { kind: 'canceled', status: null, reason: null, lateAnswer: false } as const;

/** @throws Error when there is none */
function firstOf(targets: readonly SipAddress[]): SipAddress {
  const [first] = targets;
  if (!first) throw new Error('a call needs a target');
  return first;
}

/** What a response says to whoever placed the call. */
function sayingsOf({ status, reason, headers, body }: SipResponse) {
  return { status, reason, contentType: headers.get('Content-Type') ?? null, body };
}

/** Whole seconds of Retry-After, without its comment and parameters (RFC 3261 §20.33); null when there is none. */
function retryAfterOf(response: SipResponse): number | null {
  const seconds = /^\s*(\d{1,9})(?=[\s;(]|$)/.exec(response.headers.get('Retry-After') ?? '')?.[1];
  return seconds === undefined ? null : Number(seconds);
}
