import type { SipRequest, SipResponse } from './message.js';
import { createResponse } from './message-response.js';
import { serializeMessage } from './serialize-message.js';
import { type AnyStep, type TransactionRuntime, TransactionTimers } from './transaction-runtime.js';
import { startServerInvite, stepServerInvite } from './transaction-server-invite.js';
import { startServerNonInvite, stepServerNonInvite } from './transaction-server-non-invite.js';
import { responseInput, type TransactionEffect, type TransactionState } from './transaction-table.js';
import { isReliable, type SipAddress } from './transport.js';

export interface ServerTransactionOptions {
  /** Its top Via tells where it came from already (RFC 3261 §18.2.1, RFC 3581). */
  request: SipRequest;
  from: SipAddress;
  /** Where the responses go (RFC 3261 §18.2.2, RFC 3581 §4). */
  replyTo: SipAddress;
  onRequest: (transaction: ServerTransaction) => void;
  /** An ACK that came with the branch of an INVITE that a 2xx answered. */
  onAck: (ack: SipRequest) => void;
  /** Its final answer has left: it does not keep the request any more. */
  onAnswered?: () => void;
  onEnd: () => void;
  /** A rejection that waits for its ACK has left on that stream. */
  onCarried?: (connection: string) => void;
}

/** Answers a request and repeats the answer as often as it is asked for (RFC 3261 §17.2): runs a server machine. */
export class ServerTransaction {
  /** Null once it has been answered: what is left is to answer its retransmissions the same. */
  private kept: SipRequest | null;
  readonly from: SipAddress;
  private readonly options: Omit<ServerTransactionOptions, 'request' | 'onRequest'>;
  /** Null once it was told. */
  private onRequest: ServerTransactionOptions['onRequest'] | null;
  private state: TransactionState<string>;
  private readonly isInvite: boolean;
  private readonly step: AnyStep;
  private readonly timers: TransactionTimers;
  private ack: SipRequest | null = null;
  /** The answer at hand, and the one that was given last. */
  private answer: Buffer | null = null;
  private last: Buffer | null = null;

  constructor(
    private readonly runtime: TransactionRuntime,
    options: ServerTransactionOptions,
  ) {
    // As they are, its options would keep the request, and whoever takes it, for as long as it is absorbed.
    const { request: _, onRequest, ...rest } = options;
    this.options = rest;
    this.onRequest = onRequest;
    this.kept = options.request;
    this.from = options.from;
    this.isInvite = options.request.method === 'INVITE';
    this.step = (this.isInvite ? stepServerInvite : stepServerNonInvite) as AnyStep;
    this.timers = new TransactionTimers(runtime.clock, (timer) => this.feed(`timer-${timer}`));
    this.state = this.first().state;
  }

  /** Until its final answer has left. */
  get request(): SipRequest {
    if (this.kept) return this.kept;
    throw new RangeError('a request that was answered is not kept');
  }

  /** Hands the request to the user agent. */
  start(): void {
    for (const effect of this.first().effects) this.run(effect);
  }

  /** Whether a final answer, or the decision to give none, is still to come. */
  get isOpen(): boolean {
    return this.state.name === 'trying' || this.state.name === 'proceeding';
  }

  /** Whether it is never answered. */
  get isIgnored(): boolean {
    return this.state.name === 'ignored';
  }

  /** @throws UnsafeValueError when the response cannot be written; then nothing has happened */
  respond(response: SipResponse): void {
    this.answer = serializeMessage(response);
    this.feed(responseInput(response.status));
    this.answer = null;
  }

  /** Sends the 2xx of an INVITE again. */
  repeat(): void {
    this.feed('repeat');
  }

  /** Never answers; the request's retransmissions are absorbed. */
  ignore(): void {
    this.feed('ignore');
  }

  /** Ends it without a word. */
  abandon(): void {
    this.state = { ...this.state, name: 'terminated' };
    this.timers.stopAll();
    this.options.onEnd();
  }

  receiveAgain(): void {
    this.feed('request');
  }

  receiveAck(ack: SipRequest): void {
    this.ack = ack;
    this.feed('ack');
    this.ack = null;
    if (this.isOpen) return;
    // Acknowledged answers are not repeated (RFC 6026 §7.1, RFC 3261 §17.2.1).
    this.last = null;
  }

  /**
   * The stream on which a rejection left is gone, and it was not acknowledged: it may be lost, and over streams nobody asks
   * again. So once more, over a new one; the far end knows the branch.
   */
  loseStream(): void {
    if (this.state.name === 'completed' && this.isInvite)
      this.runtime.guard(this.from, () => this.send(this.last));
  }

  private first() {
    const reliable = isReliable(this.options.replyTo);
    return this.isInvite ? startServerInvite(reliable) : startServerNonInvite(reliable);
  }

  private feed(input: string): void {
    const { state, effects } = this.step(this.state, input);
    this.state = state;
    this.runtime.guard(this.from, () => {
      for (const effect of effects) this.run(effect);
    });
  }

  private run(effect: TransactionEffect): void {
    switch (effect.do) {
      case 'deliver':
        this.deliver();
        break;
      case 'answer':
        this.send(this.answer);
        break;
      case 'answer-trying':
        this.send(serializeMessage(createResponse(this.request, 100)));
        break;
      case 'repeat':
        this.send(this.last);
        break;
      case 'start':
        this.timers.start(effect.timer, effect.ms);
        break;
      case 'stop':
        this.timers.stop(effect.timer);
        break;
      case 'end':
        this.timers.stopAll();
        this.options.onEnd();
        break;
      default:
        break;
    }
  }

  private deliver(): void {
    const { ack, onRequest } = this;
    this.onRequest = null;
    this.runtime.guard(this.from, () => (ack ? this.options.onAck(ack) : onRequest?.(this)));
  }

  private forgetRequest(): void {
    if (!this.kept) return;
    this.kept = null;
    this.options.onAnswered?.();
  }

  private send(data: Buffer | null): void {
    if (!data) return;
    this.last = data;
    this.runtime.transport.send(data, this.options.replyTo, (error, connection) => {
      if (!this.isOpen) this.forgetRequest();
      if (error) this.feed('transport-error');
      else if (connection !== undefined && this.state.name === 'completed' && this.isInvite)
        this.options.onCarried?.(connection);
    });
  }
}
