import { OverloadError } from './errors.js';
import type { SipMessage, SipRequest, SipResponse } from './message.js';
import { cseqOf, topVia } from './message-fields.js';
import { Carriers } from './transaction-carriers.js';
import { ClientTransaction, type ClientTransactionHandlers } from './transaction-client.js';
import type { TransactionRuntime } from './transaction-runtime.js';
import type { SipAddress } from './transport.js';

/** They end a call, and with it what there is too much of. */
const ALWAYS_SENT: ReadonlySet<string> = new Set(['BYE', 'CANCEL']);

/** The requests of ours that are on their way, until their machines end; bounded. */
export class ClientTable {
  private readonly clients = new Map<string, ClientTransaction>();
  private readonly carriers = new Carriers();
  private unanswered = 0;
  private whenAnswered: (() => void)[] = [];

  constructor(
    private readonly runtime: TransactionRuntime,
    private readonly maxClients: number,
  ) {}

  get size(): number {
    return this.clients.size;
  }

  /** @throws UnsafeValueError when the request cannot be written; then nothing is sent */
  begin(request: SipRequest, to: SipAddress, handlers: ClientTransactionHandlers): ClientTransaction {
    const key = clientKeyOf(request);
    const settle = this.countUnanswered();
    const transaction = new ClientTransaction(this.runtime, {
      request,
      to,
      handlers: settling(handlers, settle),
      onEnd: () => {
        this.clients.delete(key);
        settle();
      },
      onCarried: (connection) => {
        if (connection === null) this.carriers.remove(transaction);
        else this.carriers.add(connection, transaction);
      },
    });
    this.unanswered += 1;
    if (this.clients.size >= this.maxClients && !ALWAYS_SENT.has(request.method)) {
      transaction.refuse(new OverloadError('too many requests of ours at once'));
      return transaction;
    }
    this.clients.set(key, transaction);
    transaction.start();
    return transaction;
  }

  /** One that belongs to nothing is dropped (RFC 6026 §7.2 also for a stray 2xx). */
  receive(response: SipResponse): void {
    this.clients.get(clientKeyOf(response))?.receive(response);
  }

  /** A stream is gone. */
  lose(connection: string, error: Error): void {
    this.carriers.lose(connection, error);
  }

  /** Resolves when every request of ours has its final answer or was given up. */
  answered(): Promise<void> {
    if (this.unanswered === 0) return Promise.resolve();
    return new Promise((done) => this.whenAnswered.push(done));
  }

  close(): void {
    for (const client of [...this.clients.values()]) client.abandon();
  }

  private countUnanswered(): () => void {
    let settled = false;
    return () => {
      if (settled) return;
      settled = true;
      this.unanswered -= 1;
      if (this.unanswered > 0) return;
      const waiting = this.whenAnswered;
      this.whenAnswered = [];
      for (const done of waiting) done();
    };
  }
}

/** The handlers, and `settle` once the request has its end. */
function settling(handlers: ClientTransactionHandlers, settle: () => void): ClientTransactionHandlers {
  return {
    onResponse: (response) => {
      if (response.status >= 200) settle();
      handlers.onResponse(response);
    },
    onFailure: (failure) => {
      settle();
      handlers.onFailure(failure);
    },
    ...(handlers.onSent ? { onSent: handlers.onSent } : {}),
  };
}

/** RFC 3261 §17.1.3: our branch, and the method, since a CANCEL shares its INVITE's branch. */
function clientKeyOf(message: SipMessage): string {
  return `${topVia(message).params.get('branch') ?? ''} ${cseqOf(message).method}`;
}
