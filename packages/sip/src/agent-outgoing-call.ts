import { Authorizer } from './agent-auth.js';
import type {
  CallEnd,
  CallInfo,
  InviteOptions,
  OutgoingCall,
  Refer,
  RenegotiateResult,
} from './agent-call.js';
import { CallRoute } from './agent-call-route.js';
import type { AgentContext, OpenCall } from './agent-context.js';
import { remoteTagOf } from './agent-forks.js';
import { buildInvite } from './agent-invite.js';
import { type AttemptUser, InviteAttempt } from './agent-invite-attempt.js';
import { chooseNext, failureOf, rejectionOf } from './agent-invite-outcome.js';
import type { Session } from './agent-session.js';
import { SessionInterval } from './agent-session-interval.js';
import type { LossCause, SessionOwner } from './agent-session-owner.js';
import { timerOfResponse } from './agent-session-timer.js';
import type { Timer } from './clock.js';
import type { SipResponse } from './message.js';
import type { Reason } from './parse-reason.js';
import { randomToken } from './random-token.js';
import type { ClientFailure } from './transaction-client.js';

/** A phone that rings longer is given up, whoever forgot it. */
const MAX_RINGING_MS = 15 * 60_000;

/** How long a target may say nothing at all while there is another to try, unless told. */
const PATIENCE_MS = 4000;

/** `inviting`: no final response yet. `talking`: a 2xx was acknowledged. `leaving`: our BYE is out. `over`: told its end. */
type Stage = 'inviting' | 'talking' | 'leaving' | 'over';

/** Places a call. @throws UnsafeValueError when an option cannot be written into a message; then nothing is sent */
export function placeCall(context: AgentContext, options: InviteOptions): OutgoingCall {
  const call = new PlacedCall(context, options);
  call.start();
  return call;
}

/** One call: an INVITE, or one after another, until a phone has answered, and then the session with that phone. */
class PlacedCall implements OutgoingCall, OpenCall, SessionOwner {
  readonly callId = randomToken(16);
  private readonly localTag = randomToken(8);
  private readonly auth: Authorizer;
  /** Of the INVITEs to the current stop: each may challenge once. */
  private inviteAuth: Authorizer;
  private readonly route: CallRoute;
  private readonly interval: SessionInterval;
  private cseq = 0;
  private stage: Stage = 'inviting';
  private attempt: InviteAttempt | null = null;
  private isCanceled = false;
  /** The current stop was told to `onSent`. */
  private wasSentTold = false;
  private ringing: Timer | null = null;
  private session: Session | null = null;

  constructor(
    private readonly context: AgentContext,
    private readonly options: InviteOptions,
  ) {
    this.auth = new Authorizer(options.credentials);
    this.inviteAuth = this.auth.beginRequest();
    this.route = new CallRoute(options);
    this.interval = new SessionInterval(options.sessionExpiresSeconds);
  }

  start(): void {
    this.sendInvite();
    this.context.calls.add(this);
  }

  cancel(reason?: Reason): void {
    if (this.stage !== 'inviting' || this.isCanceled) return;
    this.attempt?.cancel(reason);
    this.isCanceled = true;
  }

  bye(q850?: number): void {
    if (this.stage === 'inviting') this.cancel();
    if (this.stage !== 'talking') return;
    this.stage = 'leaving';
    this.session?.bye(q850, (status) => this.end({ kind: 'bye', side: 'local', q850: q850 ?? null, status }));
  }

  renegotiate(offer: string, done: (result: RenegotiateResult) => void): void {
    if (this.stage === 'talking' && this.session) this.session.renegotiate(offer, done);
    else done({ ok: false, status: null });
  }

  shutDown(): void {
    this.bye();
  }

  drop(): void {
    this.session?.close();
    this.end(
      this.stage === 'inviting'
        ? CANCELED_IN_SILENCE
        : { kind: 'bye', side: 'local', q850: null, status: null },
    );
  }

  onReinvite(offer: string): string | null {
    return this.options.handlers.onReinvite?.(offer) ?? null;
  }

  onReinviteAnswer(sdp: string): void {
    this.options.handlers.onReinviteAnswer?.(sdp);
  }

  onRefer(refer: Refer): void {
    const { onRefer } = this.options.handlers;
    if (onRefer) onRefer.call(this.options.handlers, refer);
    else refer.refuse();
  }

  onInfo(info: CallInfo): void {
    this.options.handlers.onInfo?.(info);
  }

  /** One of several phones that rang may hang up before the answer; the INVITE has its own end. */
  onRemoteBye(q850: number | null): void {
    if (this.stage === 'talking') this.end({ kind: 'bye', side: 'remote', q850, status: null });
  }

  onLost(cause: LossCause): void {
    if (this.stage === 'talking') this.end({ kind: cause === 'expired' ? 'session-expired' : 'dialog-lost' });
  }

  /** @throws UnsafeValueError */
  private sendInvite(): void {
    const { context, options } = this;
    const { uri, target } = this.route.current;
    this.cseq += 1;
    const { callId, localTag, cseq } = this;
    const parts = { callId, localTag, cseq, uri, target, timer: this.interval.headers() };
    const invite = buildInvite(context, options, parts);
    for (const [name, value] of this.inviteAuth.headersFor('INVITE', invite.uri))
      invite.headers.append(name, value);
    const attempt = new InviteAttempt(context, {
      invite,
      target,
      owner: this,
      auth: this.auth,
      publicHost: options.publicHost,
      allowRefer: options.allowRefer ?? false,
      // Each INVITE has its own patience: a trunk may challenge the one and be silent to the other.
      patienceMs: options.firstResponseTimeoutMs ?? (this.route.hasMore ? PATIENCE_MS : null),
      user: this.attemptUser(),
    });
    attempt.start();
    this.attempt = attempt;
  }

  private attemptUser(): AttemptUser {
    return {
      onSent: () => this.tellSent(),
      onProvisional: (response, isReliable) => this.receiveProvisional(response, isReliable),
      onAnswer: (response) => this.win(response),
      onLateAnswer: ({ status, reason }) => this.end({ kind: 'canceled', status, reason, lateAnswer: true }),
      onFinal: (response) => this.receiveFinal(response),
      onFailure: (failure) => this.fail(failure),
    };
  }

  private tellSent(): void {
    if (this.wasSentTold) return;
    this.wasSentTold = true;
    const { target } = this.route.current;
    this.tell(() => this.options.handlers.onSent(target));
  }

  /** What comes next must not suffer from what is made of it. */
  private tell(what: () => void): void {
    this.context.layer.guard(this.route.current.target, what);
  }

  private receiveProvisional(response: SipResponse, reliable: boolean): void {
    const { clock, layer } = this.context;
    this.ringing ??= clock.after(MAX_RINGING_MS, () =>
      layer.guard(this.route.current.target, () => this.cancel()),
    );
    if (response.status === 100) return;
    const { status, reason, headers, body } = response;
    const contentType = headers.get('Content-Type') ?? null;
    const remoteTag = remoteTagOf(response) || null;
    this.options.handlers.onProvisional({ status, reason, contentType, body, remoteTag, reliable });
  }

  private win(response: SipResponse): void {
    const forks = this.attempt?.forks;
    const session = forks?.win(response);
    if (!forks || !session) {
      this.end({ kind: 'bye', side: 'local', q850: null, status: null });
      return;
    }
    this.session = session;
    this.stage = 'talking';
    this.ringing?.cancel();
    if (this.interval.isWanted) session.startTimer(timerOfResponse(response), this.interval.minSeconds);
    const { status, reason } = response;
    const remoteTag = remoteTagOf(response) || null;
    const dialog = session.dialog.snapshot();
    this.options.handlers.onAnswered({ status, reason, remoteTag, dialog, ...forks.sdpOf(response) });
  }

  private receiveFinal(response: SipResponse): void {
    const { status, reason } = response;
    const isChallenge = status === 401 || status === 407;
    if (this.isCanceled) this.end({ kind: 'canceled', status, reason, lateAnswer: false });
    // RFC 3261 §22.2: the same call once more, with credentials.
    else if (isChallenge && this.inviteAuth.learn(response)) this.tryAgain();
    else if (isChallenge) this.end({ kind: 'unauthorized', status, reason });
    else if (status === 422 && this.interval.raise(response)) this.goOn();
    else this.redirectOrFail(response);
  }

  private redirectOrFail(response: SipResponse): void {
    const { target } = this.route.current;
    const hasRung = this.attempt?.hasRung ?? false;
    const kind = chooseNext(this.route, response, hasRung);
    if (kind === null) this.end(rejectionOf(response));
    else this.goOn(() => this.options.handlers.onTargetFailed?.(failureOf(target, kind, response)));
  }

  private fail(failure: ClientFailure): void {
    const { target } = this.route.current;
    const kind = failure.kind === 'timeout' ? 'no-response' : 'unreachable';
    if (this.isCanceled) this.end(CANCELED_IN_SILENCE);
    else if (!this.attempt?.hasRung && this.route.next())
      this.goOn(() => {
        const cause = failure.kind === 'timeout' ? {} : { error: failure.error };
        this.options.handlers.onTargetFailed?.({ ...failureOf(target, kind), ...cause });
      });
    else this.end(failure.kind === 'timeout' ? { kind: 'no-response' } : failure);
  }

  /** Another INVITE of the same call: to another stop, or for a longer session. */
  private goOn(tell?: () => void): void {
    this.inviteAuth = this.auth.beginRequest();
    if (tell) this.wasSentTold = false;
    this.tryAgain();
    if (tell && this.stage === 'inviting') this.tell(tell);
  }

  /** What the far end gave us to say may be unsayable. */
  private tryAgain(): void {
    this.attempt?.leave();
    try {
      this.sendInvite();
    } catch (error) {
      this.end({ kind: 'unreachable', error: error as Error });
    }
  }

  private end(end: CallEnd): void {
    if (this.stage === 'over') return;
    this.stage = 'over';
    this.ringing?.cancel();
    this.attempt?.leave();
    this.context.calls.delete(this);
    this.options.handlers.onEnded(end);
  }
}

/** Nothing came after the CANCEL, or nothing ever. */
const CANCELED_IN_SILENCE = { kind: 'canceled', status: null, reason: null, lateAnswer: false } as const;
