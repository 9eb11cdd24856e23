import type { SipRequest } from './message.js';
import { Carriers } from './transaction-carriers.js';
import { mergeKeyOf } from './transaction-match.js';
import type { TransactionRuntime } from './transaction-runtime.js';
import { ServerTransaction } from './transaction-server.js';
import type { SipAddress } from './transport.js';

/** How a request came. */
export interface Arrival {
  /** Of its transaction. */
  key: string;
  from: SipAddress;
  replyTo: SipAddress;
  /** Of the message as it came. */
  bytes: number;
}

/** What a server transaction holds beside its message, answer included, roughly. */
const SERVER_BYTES = 2048;

/** The requests that are being answered, until their machines end; bounded by what they hold. */
export class ServerTable {
  private readonly servers = new Map<string, ServerTransaction>();
  /** By Call-ID, From tag and CSeq: the branch that came first. */
  private readonly firstComers = new Map<string, string>();
  private readonly carriers = new Carriers();
  private bytes = 0;

  constructor(
    private readonly runtime: TransactionRuntime,
    private readonly options: { maxBytes: number; onAck: (ack: SipRequest) => void },
  ) {}

  get size(): number {
    return this.servers.size;
  }

  find(key: string): ServerTransaction | undefined {
    return this.servers.get(key);
  }

  /** Whether the same request came already, over another way (RFC 3261 §8.2.2.2). */
  isMerged(request: SipRequest): boolean {
    const mergeKey = mergeKeyOf(request);
    return mergeKey !== null && this.firstComers.has(mergeKey);
  }

  /** False: there is no room. */
  begin(request: SipRequest, arrival: Arrival, take: (transaction: ServerTransaction) => void): boolean {
    const { key, from, replyTo } = arrival;
    let bytes = arrival.bytes + SERVER_BYTES;
    if (this.bytes + bytes > this.options.maxBytes) return false;
    const mergeKey = mergeKeyOf(request);
    const transaction = new ServerTransaction(this.runtime, {
      request,
      from,
      replyTo,
      onRequest: take,
      onAck: (ack) => this.options.onAck(ack),
      onAnswered: () => {
        if (this.servers.get(key) === transaction) this.bytes -= bytes - SERVER_BYTES;
        bytes = SERVER_BYTES;
      },
      onEnd: () => {
        this.carriers.remove(transaction);
        this.remove(key, mergeKey, bytes);
      },
      onCarried: (connection) => this.carriers.add(connection, transaction),
    });
    this.servers.set(key, transaction);
    this.bytes += bytes;
    if (mergeKey !== null && !this.firstComers.has(mergeKey)) this.firstComers.set(mergeKey, key);
    transaction.start();
    return true;
  }

  /** A stream is gone. */
  lose(connection: string, error: Error): void {
    this.carriers.lose(connection, error);
  }

  close(): void {
    for (const server of [...this.servers.values()]) server.abandon();
  }

  private remove(key: string, mergeKey: string | null, bytes: number): void {
    if (!this.servers.delete(key)) return;
    this.bytes -= bytes;
    if (mergeKey !== null && this.firstComers.get(mergeKey) === key) this.firstComers.delete(mergeKey);
  }
}
