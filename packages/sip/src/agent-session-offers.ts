import { randomInt } from 'node:crypto';
import type { RenegotiateResult } from './agent-call.js';
import type { AgentContext } from './agent-context.js';
import { type DialogWay, sendInDialog } from './agent-dialog-request.js';
import { mayOffer, type OfferState, occupy, startOffers, stepOffers } from './agent-offer.js';
import { Reinvite } from './agent-session-invite.js';
import { sdpOf } from './agent-session-peer.js';
import type { Timer } from './clock.js';
import type { SipResponse } from './message.js';
import { unwrapSdp } from './parse-multipart.js';
import { parseRetryAfter } from './parse-retry-after.js';

/** What waits for its turn: more is refused at once. */
const MAX_WAITING = 8;

/** 491 and 500 with Retry-After, one after the other, before we give up. */
const MAX_TRIES = 10;

/** A longer Retry-After is a refusal. */
const MAX_RETRY_SECONDS = 10;

/** An offer, or a refresh of the session, that we want to send. */
interface Wanted {
  method: 'INVITE' | 'UPDATE';
  /** null: an UPDATE without one. */
  offer: string | null;
  tries: number;
  done(response: SipResponse | null): void;
}

/** What the negotiation asks of its session. */
export interface NegotiationPort {
  readonly way: DialogWay;
  /** Whose INVITE made the dialog: who owns the Call-ID. */
  readonly inviter: 'local' | 'remote';
  /** Session-Expires, Supported, Allow, ... */
  requestHeaders(): [string, string][];
  /** Before anything else is made of a final response: 422, the session timer. True: the same again. */
  onResponse(response: SipResponse): boolean;
  /** 481, 408 or nothing: null. */
  onGone(status: number | null): void;
}

/** Offers of ours in a dialog, one at a time, glare included (RFC 3261 §14.1, RFC 3311 §5.1). */
export class Negotiation {
  state: OfferState;
  /** Our description that holds, and theirs; '' before there is one. */
  localSdp: string;
  remoteSdp = '';
  private readonly waiting: Wanted[] = [];
  private current: Wanted | null = null;
  private backOff: Timer | null = null;
  private isClosed = false;

  constructor(
    private readonly context: AgentContext,
    private readonly port: NegotiationPort,
    offer: string,
  ) {
    this.state = startOffers(port.inviter, offer !== '');
    this.localSdp = port.inviter === 'local' ? offer : '';
    if (port.inviter === 'remote') this.remoteSdp = offer;
  }

  /** Ours, in a response: the answer comes with the ACK or the PRACK. */
  open(offer: string): void {
    this.state = stepOffers(this.state, 'send-offer');
    this.localSdp = offer;
  }

  /** Theirs to our open offer. */
  takeAnswer(sdp: string): void {
    this.state = stepOffers(this.state, 'receive-answer');
    this.remoteSdp = sdp;
  }

  /** Theirs, and what we answer, in one step. */
  answerWith(offer: string, answer: string): string {
    this.state = stepOffers(stepOffers(this.state, 'receive-offer'), 'send-answer');
    this.remoteSdp = offer;
    this.localSdp = answer;
    return answer;
  }

  /** A new offer; told of its answer or its failure once. */
  offer(method: 'INVITE' | 'UPDATE', offer: string, done: (result: RenegotiateResult) => void): void {
    this.want(method, offer, (response) => {
      const answer = response && response.status < 300 ? sdpOf(response) : '';
      if (answer === '') done({ ok: false, status: response?.status ?? null });
      else done({ ok: true, answer });
    });
  }

  /** Renews the session: nothing changes (RFC 4028 §7.4). */
  refresh(offer: string | null, done: (response: SipResponse | null) => void): void {
    this.want(offer === null ? 'UPDATE' : 'INVITE', offer, done);
  }

  /** Sends what waits, once that may be. */
  pump(): void {
    const next = this.waiting[0];
    if (!next || this.current || this.backOff || this.isClosed || !this.mayStart(next)) return;
    this.waiting.shift();
    this.start(next);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.backOff?.cancel();
    const left = this.current ? [this.current, ...this.waiting] : [...this.waiting];
    this.current = null;
    this.waiting.length = 0;
    for (const { done } of left) done(null);
  }

  private want(method: Wanted['method'], offer: string | null, done: Wanted['done']): void {
    if (this.isClosed || this.waiting.length >= MAX_WAITING) {
      done(null);
      return;
    }
    const { layer } = this.context;
    const peer = this.port.way.dialog.snapshot().nextHop;
    // Who is told may fail; what is still to be done here may not.
    const tell = (response: SipResponse | null): void => layer.guard(peer, () => done(response));
    this.waiting.push({ method, offer, tries: 0, done: tell });
    this.pump();
  }

  private mayStart({ method, offer }: Wanted): boolean {
    return offer === null ? this.state.update === null : mayOffer(this.state, method);
  }

  private start(wanted: Wanted): void {
    const { method, offer } = wanted;
    this.current = wanted;
    wanted.tries += 1;
    this.state = occupy(this.state, method === 'INVITE' ? 'invite' : 'update', 'local');
    if (offer !== null) this.state = stepOffers(this.state, 'send-offer');
    const { way } = this.port;
    const request = { method, headers: this.port.requestHeaders(), body: offer ?? '' };
    const onFinal = (response: SipResponse | null): void => this.finish(wanted, response);
    if (method === 'INVITE') new Reinvite(this.context, way, { ...request, onFinal }).start();
    else sendInDialog(this.context, { ...way, request }, onFinal);
  }

  private finish(wanted: Wanted, response: SipResponse | null): void {
    if (this.current !== wanted) return;
    this.current = null;
    if (response) unwrapSdp(response);
    this.settle(wanted, response);
    const isAgain = response !== null && this.port.onResponse(response);
    const waitMs = isAgain ? 0 : this.retryAfterMs(response);
    if (waitMs !== null && wanted.tries < MAX_TRIES) this.retry(wanted, waitMs);
    else this.report(wanted, response);
  }

  /** What was agreed changes only by a 2xx (RFC 3261 §14.1). */
  private settle({ method, offer }: Wanted, response: SipResponse | null): void {
    this.state = occupy(this.state, method === 'INVITE' ? 'invite' : 'update', null);
    if (offer === null) return;
    const answer = response && response.status < 300 ? sdpOf(response) : '';
    this.state = stepOffers(this.state, answer === '' ? 'refused' : 'receive-answer');
    if (answer === '') return;
    this.localSdp = offer;
    this.remoteSdp = answer;
  }

  private report(wanted: Wanted, response: SipResponse | null): void {
    const isGone = response === null || response.status === 481 || response.status === 408;
    wanted.done(response);
    if (isGone) this.port.onGone(response?.status ?? null);
    else this.pump();
  }

  private retry(wanted: Wanted, waitMs: number): void {
    this.waiting.unshift(wanted);
    const { clock, layer } = this.context;
    this.backOff = clock.after(waitMs, () => {
      this.backOff = null;
      layer.guard(this.port.way.dialog.snapshot().nextHop, () => this.pump());
    });
  }

  /** Null when another try cannot help. */
  private retryAfterMs(response: SipResponse | null): number | null {
    if (response?.status === 491) return glareMs(this.port.inviter);
    if (response?.status !== 500) return null;
    const seconds = parseRetryAfter(response.headers.get('Retry-After'));
    return seconds === null || seconds > MAX_RETRY_SECONDS ? null : seconds * 1000;
  }
}

/** Both sides offered at once: who owns the Call-ID waits longer, in steps of 10 ms (RFC 3261 §14.1). */
function glareMs(inviter: 'local' | 'remote'): number {
  return inviter === 'local' ? 10 * randomInt(210, 401) : 10 * randomInt(0, 201);
}
