import { randomInt } from 'node:crypto';
import { type PendingAnswer, repeatAnswer } from './agent-answer.js';
import type { AgentContext } from './agent-context.js';
import { judgeTheirs, occupy } from './agent-offer.js';
import { UNREADABLE_BODY, type Verdict } from './agent-refuse.js';
import type { Negotiation } from './agent-session-offers.js';
import type { SessionOwner } from './agent-session-owner.js';
import { isReadable, recordRoutes, sdpOf } from './agent-session-peer.js';
import type { Dialog } from './dialog.js';
import type { SipRequest } from './message.js';
import { cseqOf } from './message-fields.js';
import { createResponse, type ResponseOptions } from './message-response.js';
import type { ServerTransaction } from './transaction-server.js';

/** What answering asks of its session. */
export interface AnswerPort {
  readonly dialog: Dialog;
  readonly owner: SessionOwner;
  readonly negotiation: Negotiation;
  /** Contact, Allow, Supported, and what the session timer says to this request. */
  answerHeaders(request: SipRequest): [string, string][];
  /** A 2xx was never acknowledged. */
  onUnacknowledged(): void;
}

/** Offers of theirs in a dialog, our answers, and the ACK that each 2xx of ours waits for. */
export class Answers {
  private pending: PendingAnswer | null = null;
  /** The next ACK is that of the 2xx that made this dialog. */
  private isAckOfFirst = false;

  constructor(
    private readonly context: AgentContext,
    private readonly port: AnswerPort,
  ) {}

  /** True while the 2xx that made the dialog waits for its ACK. */
  get isFirstUnacknowledged(): boolean {
    return this.pending !== null && this.isAckOfFirst;
  }

  /** Answers the INVITE that made this dialog; what a reliable provisional response said already is not said twice. */
  accept(transaction: ServerTransaction, sdp: string): void {
    const { negotiation } = this.port;
    const isAgreed = negotiation.state.exchange === 'agreed';
    const isOffer = negotiation.state.exchange === 'none';
    if (isOffer) negotiation.open(sdp);
    else if (!isAgreed) negotiation.answerWith(negotiation.remoteSdp, sdp);
    this.isAckOfFirst = true;
    this.answer(transaction, { sdp: isAgreed ? '' : sdp, isOffer });
  }

  /** A re-INVITE (RFC 3261 §14.2). */
  receiveInvite(transaction: ServerTransaction): void {
    const { request } = transaction;
    const { negotiation, dialog } = this.port;
    const hasOffer = request.body.length > 0;
    if (this.refuses(transaction, 'INVITE')) return;
    const sdp = this.port.owner.onReinvite(request.body.toString('utf8'));
    if (sdp === null) {
      reply(transaction, 488);
      return;
    }
    dialog.refreshTarget(request);
    negotiation.state = occupy(negotiation.state, 'invite', 'remote');
    this.exchange(hasOffer ? request.body.toString('utf8') : null, sdp);
    this.answer(transaction, { sdp, isOffer: !hasOffer });
  }

  /** RFC 3311 §5.2: with an offer it is a re-INVITE in one step, without one it only refreshes the target. */
  receiveUpdate(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (this.refuses(transaction, 'UPDATE')) return;
    const offer = request.body.length > 0 ? request.body.toString('utf8') : null;
    const sdp = offer === null ? '' : this.port.owner.onReinvite(offer);
    if (sdp === null) {
      reply(transaction, 488);
      return;
    }
    this.port.dialog.refreshTarget(request);
    if (offer !== null) this.exchange(offer, sdp);
    reply(transaction, 200, { headers: this.port.answerHeaders(request), body: sdp });
  }

  acknowledge(ack: SipRequest): void {
    const { pending } = this;
    if (!pending || cseqOf(ack).number !== pending.cseq) return;
    this.stop();
    const sdp = pending.isOffer ? sdpOf(ack) : null;
    try {
      // Without an answer to our offer, or with one that is no good, there is no call (RFC 3261 §13.2.2.4).
      if (sdp === '') this.port.owner.bye();
      else this.tellAcked(sdp);
    } catch (error) {
      this.port.owner.bye();
      throw error;
    }
    this.port.negotiation.pump();
  }

  /** Repeats no 2xx any more. */
  stop(): void {
    if (!this.pending) return;
    this.pending.stop();
    this.pending = null;
    const { negotiation } = this.port;
    negotiation.state = occupy(negotiation.state, 'invite', null);
  }

  private tellAcked(sdp: string | null): void {
    const { owner, negotiation } = this.port;
    if (sdp !== null) negotiation.takeAnswer(sdp);
    if (!this.isAckOfFirst) {
      if (sdp !== null) owner.onReinviteAnswer(sdp);
      return;
    }
    this.isAckOfFirst = false;
    owner.onAcked?.(sdp);
  }

  /** One offer at a time, and only such as we can read. */
  private refuses(transaction: ServerTransaction, method: 'INVITE' | 'UPDATE'): boolean {
    const { request } = transaction;
    const verdict = judgeTheirs(this.port.negotiation.state, method, request.body.length > 0);
    if (verdict === 'take' && isReadable(request)) return false;
    if (verdict === 'glare') reply(transaction, 491);
    else if (verdict === 'busy') reply(transaction, 500, busy());
    else give(transaction, UNREADABLE_BODY);
    return true;
  }

  /** Their offer and our answer; null: ours, whose answer is still to come. */
  private exchange(offer: string | null, sdp: string): void {
    const { negotiation } = this.port;
    if (offer === null) negotiation.open(sdp);
    else negotiation.answerWith(offer, sdp);
  }

  private answer(transaction: ServerTransaction, { sdp, isOffer }: { sdp: string; isOffer: boolean }): void {
    const { request } = transaction;
    reply(transaction, 200, {
      headers: [...recordRoutes(request), ...this.port.answerHeaders(request)],
      body: sdp,
      toTag: this.port.dialog.localTag,
    });
    const answer = { transaction, cseq: cseqOf(request).number, isOffer };
    this.pending = repeatAnswer(this.context, answer, () => this.port.onUnacknowledged());
  }
}

/** Until theirs is answered (RFC 3261 §14.2): seconds by chance, lest both sides try again together. */
function busy(): ResponseOptions {
  return { headers: [['Retry-After', String(randomInt(0, 11))]] };
}

/** Answers a request in a dialog. */
export function reply(transaction: ServerTransaction, status: number, options: ResponseOptions = {}): void {
  transaction.respond(createResponse(transaction.request, status, options));
}

export function give(transaction: ServerTransaction, { status, options }: Verdict): void {
  reply(transaction, status, options);
}
