import { randomInt } from 'node:crypto';
import type { RingOptions } from './agent-call.js';
import type { AgentContext } from './agent-context.js';
import { stepOffers } from './agent-offer.js';
import { UNREADABLE_BODY } from './agent-refuse.js';
import type { Session } from './agent-session.js';
import { give, reply } from './agent-session-answers.js';
import { isReadable, requires, sdpOf, supports } from './agent-session-peer.js';
import type { Timer } from './clock.js';
import { SipParseError } from './errors.js';
import type { SipRequest, SipResponse } from './message.js';
import { cseqOf } from './message-fields.js';
import { parseRAck } from './parse-rack.js';
import type { ServerTransaction } from './transaction-server.js';
import { GIVE_UP_MS, T1_MS } from './transaction-timers.js';

/** More that wait for their turn are not worth saying. */
const MAX_QUEUE = 8;

/** RFC 3262 §3: the first number is to leave room for those that follow. */
const FIRST_RSEQ = 2 ** 31 - 1;

/** How a provisional response is to be sent: `420` and `421` refuse the call instead. */
export type Reliability = 'reliable' | 'plain' | 420 | 421;

/** What the caller can do, against what we want (RFC 3262 §3, RFC 3261 §21.4.16). */
export function chooseReliability(invite: SipRequest, wanted: RingOptions['reliable']): Reliability {
  const isRequired = requires(invite, '100rel');
  if (wanted === undefined) return isRequired ? 'reliable' : 'plain';
  if (wanted === false) return isRequired ? 420 : 'plain';
  if (supports(invite, '100rel')) return 'reliable';
  return wanted === 'required' ? 421 : 'plain';
}

/** What a provisional response says. */
export interface Saying {
  status: number;
  reason: string | undefined;
  body: string;
}

interface OpenResponse {
  readonly rseq: number;
  readonly hasSdp: boolean;
  /** Its SDP is an offer, which the PRACK answers. */
  readonly isOffer: boolean;
}

/** What the reliable responses ask of their call. */
export interface ReliablePort {
  readonly invite: ServerTransaction;
  readonly session: Session;
  build(saying: Saying, headers: [string, string][]): SipResponse;
  /** The PRACK came, and with it the answer to our offer; '' when it had none. */
  onAcknowledged(earlyAnswer: string | null): void;
  /** None came in 64*T1. */
  onGiveUp(): void;
}

/** Provisional responses of ours that are repeated until their PRACK comes (RFC 3262 §3): one at a time. */
export class ReliableResponses {
  private rseq = randomInt(1, FIRST_RSEQ);
  private open: OpenResponse | null = null;
  private readonly queue: Saying[] = [];
  private timer: Timer | null = null;
  private limit: Timer | null = null;
  private isOver = false;
  /** Of the INVITE, which is not kept once it is answered; a PRACK may come later. */
  private readonly inviteCSeq: number;

  constructor(
    private readonly context: AgentContext,
    private readonly port: ReliablePort,
  ) {
    this.inviteCSeq = cseqOf(port.invite.request).number;
  }

  send(saying: Saying): void {
    if (this.isOver) return;
    if (!this.open) this.sendNow(saying);
    else if (this.queue.length < MAX_QUEUE) this.queue.push(saying);
  }

  /** True while one waits for its PRACK. */
  get isOpen(): boolean {
    return this.open !== null;
  }

  /** True while one with SDP does: until then there may be no 2xx. */
  get holdsAnswer(): boolean {
    return this.open?.hasSdp ?? false;
  }

  /** The answer is next: nothing provisional is said any more, and what was is no longer repeated. */
  finish(): void {
    this.queue.length = 0;
    if (this.holdsAnswer) return;
    this.stop();
  }

  /** The INVITE has its final response. */
  stop(): void {
    this.isOver = true;
    this.queue.length = 0;
    this.timer?.cancel();
    this.limit?.cancel();
  }

  receivePrack(transaction: ServerTransaction): void {
    const { open } = this;
    if (!open || !this.isFor(transaction.request, open)) {
      reply(transaction, 481);
      return;
    }
    if (!isReadable(transaction.request)) {
      give(transaction, UNREADABLE_BODY);
      return;
    }
    this.settle();
    const sdp = sdpOf(transaction.request);
    if (open.isOffer) this.takeAnswer(transaction, sdp);
    else this.takeOffer(transaction, open, sdp);
    const next = this.open === null && !this.isOver ? this.queue.shift() : undefined;
    if (next) this.sendNow(next);
  }

  private settle(): void {
    this.open = null;
    this.timer?.cancel();
    this.limit?.cancel();
  }

  private takeAnswer(transaction: ServerTransaction, sdp: string): void {
    const { negotiation } = this.port.session;
    if (sdp === '') negotiation.state = stepOffers(negotiation.state, 'refused');
    else negotiation.takeAnswer(sdp);
    reply(transaction, 200);
    this.port.onAcknowledged(sdp);
    negotiation.pump();
  }

  /** Once our answer is with the caller, its PRACK may bring a new offer (RFC 3262 §5). */
  private takeOffer(transaction: ServerTransaction, open: OpenResponse, sdp: string): void {
    const { session } = this.port;
    const { negotiation } = session;
    if (open.hasSdp) negotiation.state = stepOffers(negotiation.state, 'send-answer');
    const answer = sdp === '' ? '' : negotiation.state.exchange === 'agreed' ? session.takeOffer(sdp) : null;
    if (answer === null) reply(transaction, 488);
    else reply(transaction, 200, { body: answer });
    this.port.onAcknowledged(null);
    negotiation.pump();
  }

  private isFor(prack: SipRequest, { rseq }: OpenResponse): boolean {
    try {
      const rack = parseRAck(prack.headers.get('RAck') ?? '');
      return rack.rseq === rseq && rack.cseq === this.inviteCSeq && rack.method === 'INVITE';
    } catch (error) {
      if (error instanceof SipParseError) return false;
      throw error;
    }
  }

  private sendNow(saying: Saying): void {
    this.rseq += 1;
    const open = this.describe(saying);
    const response = this.port.build(open.hasSdp ? saying : { ...saying, body: '' }, [
      ['Require', '100rel'],
      ['RSeq', String(open.rseq)],
    ]);
    this.port.invite.respond(response);
    this.open = open;
    this.repeat(response, T1_MS);
    this.limit = this.after(GIVE_UP_MS, () => {
      this.stop();
      this.port.onGiveUp();
    });
  }

  /** SDP that was said already is not said again: it would be a new offer (RFC 3262 §5). */
  private describe({ body }: Saying): OpenResponse {
    const { negotiation } = this.port.session;
    const { exchange } = negotiation.state;
    const hasSdp = body !== '' && !(exchange === 'agreed' && body === negotiation.localSdp);
    const isOffer = hasSdp && exchange !== 'remote';
    if (isOffer) negotiation.open(body);
    else if (hasSdp) negotiation.localSdp = body;
    return { rseq: this.rseq, hasSdp, isOffer };
  }

  /** T1 doubling, without an upper bound (RFC 3262 §3). */
  private repeat(response: SipResponse, ms: number): void {
    this.timer = this.after(ms, () => {
      this.port.invite.respond(response);
      this.repeat(response, ms * 2);
    });
  }

  private after(ms: number, run: () => void): Timer {
    const { clock, layer } = this.context;
    return clock.after(ms, () => layer.guard(this.port.invite.from, run));
  }
}
