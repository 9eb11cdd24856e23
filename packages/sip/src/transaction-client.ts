import type { SipRequest, SipResponse } from './message.js';
import { SipHeaders } from './message-headers.js';
import { parseMessage } from './parse-message.js';
import { serializeMessage } from './serialize-message.js';
import { startClientInvite, stepClientInvite } from './transaction-client-invite.js';
import { startClientNonInvite, stepClientNonInvite } from './transaction-client-non-invite.js';
import { type AnyStep, type TransactionRuntime, TransactionTimers } from './transaction-runtime.js';
import { responseInput, type TransactionEffect, type TransactionState } from './transaction-table.js';
import { isReliable, type SipAddress } from './transport.js';

/** Why no final response will come. */
export type ClientFailure = { kind: 'timeout' } | { kind: 'unreachable'; error: Error };

export interface ClientTransactionHandlers {
  /** Each time that the network took the request. */
  onSent?(): void;
  /** Every provisional response, the final one once, and for an INVITE every 2xx. */
  onResponse(response: SipResponse): void;
  /**
   * Once, in place of a final response; never after `hush` or `abandon`. An INVITE that was refused after it had left may
   * have arrived all the same: its late responses are still told, until timer B.
   */
  onFailure(failure: ClientFailure): void;
}

export interface ClientTransactionOptions {
  /** With its Via on top. */
  request: SipRequest;
  to: SipAddress;
  handlers: ClientTransactionHandlers;
  onEnd: () => void;
  /** Each time that it has left on a stream; null: it waits no more for that stream. */
  onCarried?: (connection: string | null) => void;
}

const SENDS_BEFORE_PROBE = 3;

/** Sends a request and repeats it until it is answered (RFC 3261 §17.1): runs the effects of a client machine. */
export class ClientTransaction {
  /** Null once a final response came: what is left is to absorb its repetitions. */
  private kept: SipRequest | null;
  readonly to: SipAddress;
  private state: TransactionState<string>;
  private readonly isInvite: boolean;
  private readonly step: AnyStep;
  private readonly timers: TransactionTimers;
  private readonly options: Omit<ClientTransactionOptions, 'request' | 'handlers'>;
  /** Null once a request that is no INVITE has its final response. */
  private handlers: ClientTransactionHandlers | null;
  private readonly data: Buffer;
  private response: SipResponse | null = null;
  private ack: Buffer | null = null;
  private error: Error | null = null;
  private sends = 0;
  private sentAtMs = 0;
  private hasLeft = false;
  private isSentAgain = false;
  /** The stream that it left on last, and when. */
  private carrier: { connection: string; sinceMs: number } | null = null;

  /** @throws UnsafeValueError when the request cannot be written */
  constructor(
    private readonly runtime: TransactionRuntime,
    options: ClientTransactionOptions,
  ) {
    // As they are, its options would keep the request, and who sent it, for as long as repetitions are absorbed.
    const { request, handlers, ...rest } = options;
    this.options = rest;
    this.handlers = handlers;
    this.kept = request;
    this.to = options.to;
    this.isInvite = request.method === 'INVITE';
    this.step = (this.isInvite ? stepClientInvite : stepClientNonInvite) as AnyStep;
    this.timers = new TransactionTimers(runtime.clock, (timer) => this.feed(`timer-${timer}`));
    this.data = serializeMessage(request);
    this.state = this.first().state;
  }

  /** As it was sent; read again when it is wanted after its final response, as for one more phone that answers. */
  get request(): SipRequest {
    return this.kept ?? (parseMessage(this.data) as SipRequest);
  }

  start(): void {
    for (const effect of this.first().effects) this.run(effect);
  }

  /** A response with this transaction's branch and method. */
  receive(response: SipResponse): void {
    this.options.onCarried?.(null);
    this.response = response;
    this.feed(responseInput(response.status));
    this.response = null;
    if (response.status < 200) return;
    this.kept = null;
    if (!this.isInvite) this.handlers = null;
  }

  /** Stops repeating an INVITE that nothing has answered; an answer is still reported until timer B. */
  hush(): void {
    this.suspectCarrier();
    this.feed('hush');
  }

  /** Ends it without a word. */
  abandon(): void {
    this.feed('abandon');
  }

  /** Takes no request: told as one that could not leave, later. In place of `start`. */
  refuse(error: Error): void {
    queueMicrotask(() => this.failToSend(error));
  }

  /**
   * The stream on which it left is gone, and nothing has been answered. It may have been closed for idleness as the request
   * was on its way: so once more over a new one, which does no harm, since the far end knows the branch (RFC 3261 §17.2.3).
   */
  loseStream(error: Error): void {
    if (this.isSentAgain) {
      this.failToSend(error);
      return;
    }
    this.isSentAgain = true;
    this.runtime.guard(this.to, () => this.send());
  }

  private first() {
    const reliable = isReliable(this.to);
    return this.isInvite ? startClientInvite(reliable) : startClientNonInvite(reliable);
  }

  private feed(input: string): void {
    const { state, effects } = this.step(this.state, input);
    this.state = state;
    this.runtime.guard(this.to, () => {
      for (const effect of effects) this.run(effect);
    });
  }

  private run(effect: TransactionEffect): void {
    switch (effect.do) {
      case 'send':
        this.send();
        break;
      case 'acknowledge':
        this.acknowledge();
        break;
      case 'deliver':
        this.deliver();
        break;
      case 'start':
        this.timers.start(effect.timer, effect.ms);
        break;
      case 'stop':
        this.timers.stop(effect.timer);
        break;
      case 'fail':
        this.fail(effect.failure);
        break;
      case 'end':
        this.timers.stopAll();
        this.options.onCarried?.(null);
        this.options.onEnd();
        break;
      default:
        break;
    }
  }

  private send(): void {
    const onError = (error: Error): void => this.failToSend(error);
    this.sends += 1;
    this.sentAtMs = this.runtime.clock.nowMs();
    this.runtime.transport.send(this.data, this.to, (error, connection) => {
      if (error) onError(error);
      else this.noteSent(connection);
    });
    // One datagram may be lost; after two, at 1.5 s, nobody may be listening there.
    if (this.sends === SENDS_BEFORE_PROBE) this.runtime.transport.probe?.(this.to, onError);
  }

  private failToSend(error: Error): void {
    this.error = error;
    this.feed(this.hasLeft ? 'refused' : 'transport-error');
  }

  private noteSent(connection: string | undefined): void {
    this.hasLeft = true;
    if (connection !== undefined && this.isUnanswered) {
      this.carrier = { connection, sinceMs: this.sentAtMs };
      this.options.onCarried?.(connection);
    }
    const { handlers } = this;
    if (handlers?.onSent) this.runtime.guard(this.to, () => handlers.onSent?.());
  }

  /** A stream whose far end has vanished without a word would swallow the next request too. */
  private suspectCarrier(): void {
    const { carrier } = this;
    if (carrier) this.runtime.transport.suspect?.(carrier.connection, carrier.sinceMs);
  }

  private get isUnanswered(): boolean {
    return this.state.name === 'calling' || this.state.name === 'trying';
  }

  /** A user agent that fails must not keep the effects behind it from being run. */
  private deliver(): void {
    const { response } = this;
    if (response) this.runtime.guard(this.to, () => this.handlers?.onResponse(response));
  }

  private fail(failure: 'timeout' | 'transport'): void {
    if (failure === 'timeout') this.suspectCarrier();
    const told: ClientFailure =
      failure === 'timeout' || !this.error ? { kind: 'timeout' } : { kind: 'unreachable', error: this.error };
    this.runtime.guard(this.to, () => this.handlers?.onFailure(told));
  }

  private acknowledge(): void {
    if (!this.ack && this.response) this.ack = serializeMessage(buildAck(this.request, this.response));
    if (this.ack) this.runtime.transport.send(this.ack, this.to);
  }
}

/** RFC 3261 §17.1.1.3: the INVITE's own Via, and the To with the tag that the response gave it. */
function buildAck(invite: SipRequest, response: SipResponse): SipRequest {
  const headers = copyOf(invite, ['Via', 'Max-Forwards', 'Route', 'From']);
  headers.append('To', response.headers.get('To') ?? invite.headers.get('To') ?? '');
  headers.append('Call-ID', invite.headers.get('Call-ID') ?? '');
  headers.append('CSeq', (invite.headers.get('CSeq') ?? '').replace('INVITE', 'ACK'));
  return { kind: 'request', method: 'ACK', uri: invite.uri, headers, body: Buffer.alloc(0) };
}

/** RFC 3261 §9.1: everything that finds the INVITE's way and its transaction is the INVITE's. */
export function buildCancel(
  invite: SipRequest,
  more: readonly (readonly [string, string])[] = [],
): SipRequest {
  const headers = copyOf(invite, ['Via', 'Max-Forwards', 'Route', 'From', 'To', 'Call-ID']);
  headers.append('CSeq', (invite.headers.get('CSeq') ?? '').replace('INVITE', 'CANCEL'));
  for (const [name, value] of more) headers.append(name, value);
  return { kind: 'request', method: 'CANCEL', uri: invite.uri, headers, body: Buffer.alloc(0) };
}

function copyOf(request: SipRequest, names: readonly string[]): SipHeaders {
  const headers = new SipHeaders();
  for (const name of names) for (const value of request.headers.getAll(name)) headers.append(name, value);
  return headers;
}
