import { randomInt } from 'node:crypto';
import { type PendingAnswer, repeatAnswer } from './agent-answer.js';
import type { Authorizer } from './agent-auth.js';
import { type AgentContext, ALLOWED_METHODS, type DialogUser, SDP_TYPE } from './agent-context.js';
import { sendBye } from './agent-dialog-request.js';
import { describeOptions, judgeMethod, UNREADABLE_BODY, type Verdict } from './agent-refuse.js';
import type { Dialog } from './dialog.js';
import type { SipRequest } from './message.js';
import { cseqOf, q850CauseOf } from './message-fields.js';
import { createResponse, type ResponseOptions } from './message-response.js';
import type { ServerTransaction } from './transaction-server.js';

/** The call that a session belongs to. */
export interface SessionOwner {
  /** SDP to answer an offer with; '' asks for an offer of ours; null refuses. */
  onReinvite(offer: string): string | null;
  onRemoteBye(q850: number | null): void;
  /** The far end's answer to an offer that we gave when it asked for one. */
  onReinviteAnswer(sdp: string): void;
  /** The ACK of the 2xx that made the dialog came; with the answer to our offer when that was ours to make. */
  onAcked?(sdp: string | null): void;
  bye(): void;
  /** A 2xx of ours was never acknowledged; BYE was sent. */
  onLost(): void;
}

/** `offering`: our INVITE is open. `answering`: theirs is. `leaving`: our BYE is. */
type Phase = 'offering' | 'answering' | 'confirmed' | 'leaving' | 'over';

/** One dialog at work: answers what comes in it, and ends it. */
export class Session implements DialogUser {
  private pending: PendingAnswer | null = null;
  /** The next ACK is that of the 2xx that made this dialog. */
  private isAckOfFirst = false;

  constructor(
    private readonly context: AgentContext,
    readonly dialog: Dialog,
    private readonly options: { owner: SessionOwner; auth: Authorizer; phase: Phase },
  ) {
    context.dialogs.set(dialog.key, this);
  }

  /** Our INVITE was answered; it may be that the phone had hung up early, and thinks better of it. */
  confirm(): void {
    this.options.phase = 'confirmed';
    this.context.dialogs.set(this.dialog.key, this);
  }

  /** Answers the INVITE that made this dialog. */
  accept(transaction: ServerTransaction, sdp: string): void {
    this.options.phase = 'confirmed';
    this.isAckOfFirst = true;
    this.answer(transaction, sdp);
  }

  /** True while a 2xx waits for its ACK. */
  get isUnacknowledged(): boolean {
    return this.pending !== null;
  }

  bye(q850: number | undefined, onDone: (status: number | null) => void): void {
    this.stopAnswer();
    this.options.phase = 'leaving';
    sendBye(this.context, { dialog: this.dialog, auth: this.options.auth, q850 }, (status) => {
      this.close();
      onDone(status);
    });
  }

  /** Forgets the dialog. */
  close(): void {
    this.stopAnswer();
    this.options.phase = 'over';
    if (this.context.dialogs.get(this.dialog.key) === this) this.context.dialogs.delete(this.dialog.key);
  }

  acknowledge(ack: SipRequest): void {
    const { pending } = this;
    if (!pending || cseqOf(ack).number !== pending.cseq) return;
    this.stopAnswer();
    const sdp = pending.isOffer ? sdpOf(ack) : null;
    try {
      // Without an answer to our offer, or with one that is no good, there is no call (RFC 3261 §13.2.2.4).
      if (sdp === '') this.options.owner.bye();
      else this.tellAcked(sdp);
    } catch (error) {
      this.options.owner.bye();
      throw error;
    }
  }

  private tellAcked(sdp: string | null): void {
    const { owner } = this.options;
    if (!this.isAckOfFirst) {
      if (sdp !== null) owner.onReinviteAnswer(sdp);
      return;
    }
    this.isAckOfFirst = false;
    owner.onAcked?.(sdp);
  }

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (!this.dialog.accepts(request)) this.reply(transaction, 500, { reason: 'CSeq Out of Order' });
    else if (request.method === 'BYE') this.receiveBye(transaction);
    else if (this.isLeaving) this.reply(transaction, 481);
    else this.receiveOther(transaction);
  }

  private get isLeaving(): boolean {
    return this.options.phase === 'leaving' || this.options.phase === 'over';
  }

  private receiveOther(transaction: ServerTransaction): void {
    switch (transaction.request.method) {
      case 'INVITE':
        this.receiveOffer(transaction);
        break;
      case 'UPDATE':
        this.receiveUpdate(transaction);
        break;
      case 'INFO':
        this.receiveInfo(transaction);
        break;
      case 'OPTIONS':
        this.give(transaction, describeOptions(true));
        break;
      default:
        this.give(transaction, judgeMethod(transaction.request.method));
    }
  }

  /** Confirmed whatever state we are in: the far end has hung up (RFC 3261 §15.1.2). */
  private receiveBye(transaction: ServerTransaction): void {
    this.reply(transaction, 200);
    if (this.isLeaving) return;
    const q850 = q850CauseOf(transaction.request);
    this.close();
    this.options.owner.onRemoteBye(q850);
  }

  /** A re-INVITE (RFC 3261 §14.2). */
  private receiveOffer(transaction: ServerTransaction): void {
    if (this.refusesOffer(transaction)) return;
    const sdp = this.options.owner.onReinvite(transaction.request.body.toString('utf8'));
    if (sdp === null) {
      this.reply(transaction, 488);
      return;
    }
    this.dialog.refreshTarget(transaction.request);
    this.answer(transaction, sdp);
  }

  /** RFC 3311 §5.2: with an offer it is a re-INVITE in one step, without one it only refreshes the target. */
  private receiveUpdate(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.body.length > 0 && this.refusesOffer(transaction)) return;
    const sdp = request.body.length > 0 ? this.options.owner.onReinvite(request.body.toString('utf8')) : '';
    if (sdp === null) {
      this.reply(transaction, 488);
      return;
    }
    this.dialog.refreshTarget(request);
    this.reply(transaction, 200, { headers: this.answerHeaders(), body: sdp });
  }

  /** One offer at a time (RFC 3261 §14.2, RFC 3311 §5.2), and only such as we can read. */
  private refusesOffer(transaction: ServerTransaction): boolean {
    const { phase } = this.options;
    if (phase === 'offering') {
      this.reply(transaction, 491);
      return true;
    }
    if (phase === 'answering' || this.pending) {
      this.reply(transaction, 500, { headers: [['Retry-After', String(randomInt(0, 11))]] });
      return true;
    }
    if (isReadable(transaction.request)) return false;
    this.give(transaction, UNREADABLE_BODY);
    return true;
  }

  /** DTMF by INFO is confirmed and left alone; what else INFO may carry we do not read (RFC 6086 §4.2.2). */
  private receiveInfo(transaction: ServerTransaction): void {
    const { body, headers } = transaction.request;
    const type = typeOf(headers.get('Content-Type'));
    if (body.length === 0 || INFO_TYPES.includes(type)) this.reply(transaction, 200);
    else this.reply(transaction, 415, { headers: [['Accept', INFO_TYPES.join(', ')]] });
  }

  private answer(transaction: ServerTransaction, sdp: string): void {
    this.reply(transaction, 200, {
      headers: [...recordRoutes(transaction.request), ...this.answerHeaders()],
      body: sdp,
      toTag: this.dialog.localTag,
    });
    const { number } = cseqOf(transaction.request);
    this.pending = repeatAnswer(this.context, { transaction, cseq: number }, () => this.giveUp());
  }

  /** The far end does not know that we answered, or has gone. */
  private giveUp(): void {
    this.bye(undefined, () => {});
    this.options.owner.onLost();
  }

  private answerHeaders(): [string, string][] {
    return [
      ['Contact', this.context.contactFor(this.dialog.snapshot().nextHop)],
      ['Allow', ALLOWED_METHODS],
      ['Supported', ''],
      ['Server', this.context.product],
    ];
  }

  private give(transaction: ServerTransaction, { status, options }: Verdict): void {
    this.reply(transaction, status, options);
  }

  private reply(transaction: ServerTransaction, status: number, options: ResponseOptions = {}): void {
    transaction.respond(createResponse(transaction.request, status, options));
  }

  private stopAnswer(): void {
    this.pending?.stop();
    this.pending = null;
  }
}

const INFO_TYPES = ['application/dtmf-relay', 'application/dtmf'];

/** The route of the dialog is the caller's to keep, so that it is given back to it (RFC 3261 §12.1.1). */
export function recordRoutes(request: SipRequest): [string, string][] {
  return request.headers.getAll('Record-Route').map((route) => ['Record-Route', route]);
}

/** An offer in SDP, or none. */
export function isReadable(request: SipRequest): boolean {
  const encoding = request.headers.get('Content-Encoding')?.trim().toLowerCase() ?? 'identity';
  if (request.body.length === 0) return true;
  return encoding === 'identity' && typeOf(request.headers.get('Content-Type')) === SDP_TYPE;
}

/** The SDP of a message; '' when it has none that we can read. */
function sdpOf(message: SipRequest): string {
  return isReadable(message) ? message.body.toString('utf8') : '';
}

function typeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
