import type { AgentContext } from './agent-context.js';
import { Forks, type ForksOptions, remoteTagOf } from './agent-forks.js';
import { ReliableProvisionals, rseqOf } from './agent-reliable-uac.js';
import type { Session } from './agent-session.js';
import type { Timer } from './clock.js';
import type { SipRequest, SipResponse } from './message.js';
import { unwrapSdp } from './parse-multipart.js';
import { formatReason, type Reason } from './parse-reason.js';
import type { ClientFailure, ClientTransaction } from './transaction-client.js';
import { GIVE_UP_MS } from './transaction-timers.js';

/** Who sends one INVITE after another, and is told what comes of the one under way. None is called after `leave`. */
export interface AttemptUser {
  /** Once: the INVITE was handed to the network, or has been answered. */
  onSent(): void;
  /** 100 to 199, each reliable one once; not after `cancel`. */
  onProvisional(response: SipResponse, isReliable: boolean): void;
  /** The first 2xx: to be won. Not after `cancel`. */
  onAnswer(response: SipResponse): void;
  /** After `cancel`: a phone answered all the same, and was hung up on. */
  onLateAnswer(response: SipResponse): void;
  /** 300 to 699. */
  onFinal(response: SipResponse): void;
  /** There is no final response, and none is waited for any more. */
  onFailure(failure: ClientFailure): void;
}

export interface AttemptOptions extends Omit<ForksOptions, 'invite'> {
  invite: SipRequest;
  /** Nothing at all may come for so long; null: timer B. */
  patienceMs: number | null;
  user: AttemptUser;
}

/** One INVITE on its way: its phones, its CANCEL, and what comes of it when nobody waits for it any more. */
export class InviteAttempt {
  readonly forks: Forks;
  private readonly options: Pick<AttemptOptions, 'target' | 'publicHost' | 'patienceMs'>;
  /** Until it is sent. */
  private unsent: SipRequest | null;
  /** Null once nobody waits for it: a call that is over is not kept by the INVITE that still may be answered. */
  private user: AttemptUser | null;
  /** A phone, or somebody on the way to it, is at work: more than 100 came. */
  hasRung = false;
  private readonly reliables: ReliableProvisionals;
  private isLeft = false;
  private transaction: ClientTransaction | null = null;
  /** A provisional response came: it may be canceled (RFC 3261 §9.1). */
  private isProceeding = false;
  private isCancelSent = false;
  /** What its CANCEL says; null while none is wanted. */
  private cancelHeaders: [string, string][] | null = null;
  private wasSentTold = false;
  private readonly timers: { silence?: Timer; canceled?: Timer } = {};

  constructor(
    private readonly context: AgentContext,
    options: AttemptOptions,
  ) {
    const { user, invite, patienceMs, ...way } = options;
    this.user = user;
    this.unsent = invite;
    this.options = { target: way.target, publicHost: way.publicHost, patienceMs };
    this.forks = new Forks(context, { ...way, invite: () => this.sentInvite() });
    this.reliables = new ReliableProvisionals();
  }

  /** @throws UnsafeValueError when it cannot be written; then nothing was sent */
  start(): void {
    const { target, publicHost, patienceMs } = this.options;
    const invite = this.sentInvite();
    this.unsent = null;
    const handlers = {
      onResponse: (response: SipResponse) => this.receive(response),
      onFailure: (failure: ClientFailure) => this.fail(failure),
      onSent: () => this.tellSent(),
    };
    const via = publicHost === undefined ? {} : { publicHost };
    this.transaction = this.context.layer.request(invite, target, handlers, via);
    if (patienceMs !== null) this.timers.silence = this.after(patienceMs, () => this.giveUpSilence());
  }

  /** A CANCEL, as soon as that may be; a phone that answers all the same is hung up on. @throws UnsafeValueError */
  cancel(reason?: Reason): void {
    if (this.cancelHeaders) return;
    this.cancelHeaders = reason ? [['Reason', formatReason(reason)]] : [];
    this.sendCancel();
  }

  /** Nobody waits for it any more, whatever still comes; one that won goes on. */
  leave(): void {
    this.timers.silence?.cancel();
    this.isLeft = true;
    this.user = null;
    this.forks.retire();
  }

  /**
   * The target is given up. Its INVITE is not sent again, so that no phone begins to ring now; one that rings already is
   * canceled by the first response, or hung up on if it answers.
   */
  private giveUp(): void {
    this.leave();
    this.transaction?.hush();
    this.cancel();
  }

  /** A CANCEL may not overtake its INVITE: it waits for a sign that the INVITE has arrived (RFC 3261 §9.1). */
  private sendCancel(): void {
    const { transaction, cancelHeaders } = this;
    if (!this.isProceeding || this.isCancelSent || !transaction || !cancelHeaders) return;
    this.isCancelSent = true;
    this.context.layer.cancel(transaction, cancelHeaders);
    this.timers.canceled = this.after(GIVE_UP_MS, () => {
      transaction.abandon();
      this.tell((user) => user.onFailure({ kind: 'timeout' }));
    });
  }

  private giveUpSilence(): void {
    const { user } = this;
    this.giveUp();
    user?.onFailure({ kind: 'timeout' });
  }

  /** One that was refused may have arrived: as in `giveUp`. */
  private fail(failure: ClientFailure): void {
    const { user } = this;
    this.timers.canceled?.cancel();
    this.giveUp();
    user?.onFailure(failure);
  }

  private receive(response: SipResponse): void {
    this.timers.silence?.cancel();
    this.tellSent();
    unwrapSdp(response);
    if (response.status < 200) {
      this.receiveProvisional(response);
      return;
    }
    this.timers.canceled?.cancel();
    if (response.status < 300) this.receiveAnswer(response);
    else this.receiveFailure(response);
  }

  private receiveProvisional(response: SipResponse): void {
    this.isProceeding = true;
    if (this.cancelHeaders) this.sendCancel();
    else if (this.isLeft) return;
    else if (response.status === 100) this.tell((user) => user.onProvisional(response, false));
    else if (this.reliables.admits(response)) this.ring(response);
  }

  private ring(response: SipResponse): void {
    this.hasRung = true;
    const session = this.forks.ring(response);
    const isReliable = session !== null && rseqOf(response) !== null;
    if (session && isReliable) this.acknowledge(session, response);
    if (response.status === 199) this.forks.closeEarly(remoteTagOf(response));
    else this.forks.keepEarlySdp(response, isReliable);
    this.tell((user) => user.onProvisional(response, isReliable));
  }

  private acknowledge(session: Session, response: SipResponse): void {
    const { remoteTag } = session.dialog;
    this.reliables.acknowledge(session, response, () => this.forks.closeEarly(remoteTag));
  }

  private sentInvite(): SipRequest {
    const invite = this.unsent ?? this.transaction?.request;
    if (!invite) throw new RangeError('an INVITE that could not be sent has no answer');
    return invite;
  }

  /** The first 2xx wins; each other phone that answered is hung up on, and so is any that answers too late. */
  private receiveAnswer(response: SipResponse): void {
    if (this.forks.acknowledgeAgain(response)) return;
    if (!this.isLeft && !this.cancelHeaders && !this.forks.hasWinner) {
      this.tell((user) => user.onAnswer(response));
      return;
    }
    this.forks.hangUpOn(response);
    if (!this.forks.hasWinner) this.tell((user) => user.onLateAnswer(response));
  }

  private receiveFailure(response: SipResponse): void {
    this.forks.closeLosers();
    this.tell((user) => user.onFinal(response));
  }

  private tellSent(): void {
    if (this.wasSentTold) return;
    this.wasSentTold = true;
    this.tell((user) => user.onSent());
  }

  private tell(what: (user: AttemptUser) => void): void {
    if (this.user) what(this.user);
  }

  private after(ms: number, run: () => void): Timer {
    const { clock, layer } = this.context;
    return clock.after(ms, () => layer.guard(this.options.target, run));
  }
}
