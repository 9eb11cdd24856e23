import type { Clock } from './clock.js';
import { OverloadError, SipParseError } from './errors.js';
import type { SipMessage, SipRequest, SipResponse } from './message.js';
import { isKeepAlive, parseMessage } from './parse-message.js';
import { randomToken } from './random-token.js';
import { serializeMessage } from './serialize-message.js';
import { buildCancel, type ClientTransaction, type ClientTransactionHandlers } from './transaction-client.js';
import { ClientTable } from './transaction-client-table.js';
import { inviteKeyOf, noteSource, serverKeyOf } from './transaction-match.js';
import type { TransactionRuntime } from './transaction-runtime.js';
import type { ServerTransaction } from './transaction-server.js';
import { type Arrival, ServerTable } from './transaction-server-table.js';
import { isReliable, protocolOf, type SipAddress, type Transport } from './transport.js';

/** Something that a peer sent, or that was made of it, could not be dealt with. */
export interface SipFault {
  error: Error;
  from: SipAddress;
}

/**
 * What becomes of a new request. One that belongs to no call has its answer at once, and again whenever it is repeated:
 * what strangers send is not kept (RFC 3261 §8.2.7).
 */
export type Reception =
  | { answer: SipResponse }
  | { take: (transaction: ServerTransaction) => void }
  /** Nothing is said and nothing kept, as if it had never come. */
  | { drop: true };

/** Who stands above the transactions. */
export interface TransactionUser {
  /** A new request, no ACK. `isMerged`: the same came over another way (RFC 3261 §8.2.2.2). */
  receive(request: SipRequest, arrival: { from: SipAddress; isMerged: boolean }): Reception;
  /** Takes a message that is not for us but to be passed on; false when it is for us. */
  forward?(message: SipMessage, from: SipAddress): boolean;
  /** The ACK of a 2xx. `from`: where it came from, when it belongs to no transaction. */
  onAck(ack: SipRequest, from?: SipAddress): void;
  /** A stream is gone. */
  onLost?(connection: string): void;
  /** A request so broken that it has no transaction. Also reported as a fault. */
  onUnreadable(error: SipParseError, from: SipAddress): void;
  onFault(fault: SipFault): void;
}

export interface TransactionLayerOptions {
  transport: Transport;
  clock: Clock;
  /** Host and port as they stand in the Via of a request to that peer; `publicHost` is the call's own. */
  sentBy(to: SipAddress, publicHost?: string): string;
  user: TransactionUser;
  /** What the requests that are being answered may hold; those beyond are dropped. 512 MiB unless told. */
  maxServerBytes?: number;
  /** Requests of ours at one time; those beyond fail at once, but what ends a call is always sent. 200,000 unless told. */
  maxClients?: number;
}

export interface RequestOptions {
  /** The host that our Via says, in place of what `sentBy` says to everybody. */
  publicHost?: string;
}

/** Some 250,000 requests that were answered, which is 4000 calls a second that come and are hung up on by the far end. */
const MAX_SERVER_BYTES = 512 * 1024 * 1024;

/** Each holds its request for 32 s and more. */
const MAX_CLIENTS = 200_000;

/** A larger request would be cut into fragments on the way, which many a firewall drops (RFC 3261 §18.1.1). */
const MAX_DATAGRAM_BYTES = 1300;

/**
 * Finds the transaction of each message, or begins one (RFC 3261 §17.1.3, §17.2.3). Every look-up is one in a map, and
 * every transaction leaves the maps when its machine ends.
 */
export class TransactionLayer implements TransactionRuntime {
  readonly clock: Clock;
  readonly transport: Transport;
  private readonly clients: ClientTable;
  private readonly servers: ServerTable;
  private readonly overload = new OverloadError('too many requests at once: one was dropped');

  constructor(private readonly options: TransactionLayerOptions) {
    this.clock = options.clock;
    this.transport = options.transport;
    this.clients = new ClientTable(this, options.maxClients ?? MAX_CLIENTS);
    this.servers = new ServerTable(this, {
      maxBytes: options.maxServerBytes ?? MAX_SERVER_BYTES,
      onAck: (ack) => options.user.onAck(ack),
    });
    this.transport.onMessage((data, from) => this.guard(from, () => this.receive(data, from)));
    this.transport.onUnreadable?.((error, from) => this.guard(from, () => this.refuse(error, from)));
    this.transport.onLost?.((connection, error) => {
      this.clients.lose(connection, error);
      this.servers.lose(connection, error);
      this.guard(this.transport.local, () => options.user.onLost?.(connection));
    });
  }

  /** Sends a request, with a Via of its own, until it is answered. @throws UnsafeValueError; then nothing is sent */
  request(
    request: SipRequest,
    to: SipAddress,
    handlers: ClientTransactionHandlers,
    options: RequestOptions = {},
  ): ClientTransaction {
    this.addVia(request, to, options);
    const stream = this.streamFor(request, to);
    if (!stream) return this.clients.begin(request, to, handlers);
    request.headers.removeFirst('Via');
    this.addVia(request, stream, options);
    return this.clients.begin(request, stream, handlers);
  }

  /**
   * Sends the CANCEL of an INVITE on its way; what is answered to it does not matter (RFC 3261 §9.1). `headers` says more,
   * its Reason for one (RFC 3326).
   */
  cancel(invite: ClientTransaction, headers: readonly (readonly [string, string])[] = []): void {
    const handlers = { onResponse: () => {}, onFailure: () => {} };
    this.clients.begin(buildCancel(invite.request, headers), invite.to, handlers);
  }

  /** Writes the ACK of a 2xx, with a Via of its own: it has no transaction, and is sent once for every 2xx. */
  writeAck(ack: SipRequest, to: SipAddress, options: RequestOptions = {}): Buffer {
    this.addVia(ack, to, options);
    return serializeMessage(ack);
  }

  /** Sends what has no transaction. */
  send(data: Buffer, to: SipAddress): void {
    this.transport.send(data, to);
  }

  /** The INVITE that a CANCEL is about (RFC 3261 §9.2). */
  inviteOf(cancel: SipRequest): ServerTransaction | undefined {
    return this.servers.find(inviteKeyOf(cancel));
  }

  counts(): { clientTransactions: number; serverTransactions: number } {
    return { clientTransactions: this.clients.size, serverTransactions: this.servers.size };
  }

  /** Resolves when every request of ours has its final answer or was given up. */
  answered(): Promise<void> {
    return this.clients.answered();
  }

  /** Ends every transaction without a word. */
  close(): void {
    this.clients.close();
    this.servers.close();
  }

  guard(peer: SipAddress, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.fault(error, peer);
    }
  }

  /** Reports what a peer made fail. Never throws. */
  fault(error: unknown, from: SipAddress): void {
    try {
      this.options.user.onFault({ error: error instanceof Error ? error : new Error(String(error)), from });
    } catch {
      // Whoever counts faults may fail too; the socket must not.
    }
  }

  private addVia(request: SipRequest, to: SipAddress, { publicHost }: RequestOptions): void {
    const sentBy = this.options.sentBy(to, publicHost);
    const via = `SIP/2.0/${protocolOf(to)} ${sentBy};branch=z9hG4bK${randomToken(12)};rport`;
    request.headers.prepend('Via', via);
  }

  /**
   * RFC 3261 §18.1.1 wants requests over 1300 bytes on a stream. Most trunks that are told to be UDP take no TCP, and
   * waiting for that to fail would cost the call seconds: so only where a stream to the same place is open already.
   */
  private streamFor(request: SipRequest, to: SipAddress): SipAddress | null {
    if (isReliable(to) || !this.transport.hasStreamTo) return null;
    const stream: SipAddress = { ...to, protocol: 'TCP' };
    if (!this.transport.hasStreamTo(stream)) return null;
    return serializeMessage(request).length > MAX_DATAGRAM_BYTES ? stream : null;
  }

  private receive(data: Buffer, from: SipAddress): void {
    if (isKeepAlive(data)) return;
    const message = this.parse(data, from);
    if (message && this.options.user.forward?.(message, from)) return;
    if (message?.kind === 'response') this.clients.receive(message);
    else if (message) this.receiveRequest(message, from, data.length);
  }

  private parse(data: Buffer, from: SipAddress): SipMessage | null {
    try {
      return parseMessage(data);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.refuse(error, from);
      return null;
    }
  }

  private refuse(error: SipParseError, from: SipAddress): void {
    this.fault(error, from);
    this.options.user.onUnreadable(error, from);
  }

  private receiveRequest(request: SipRequest, from: SipAddress, bytes: number): void {
    const replyTo = noteSource(request, from);
    const key = serverKeyOf(request, request.method);
    const known = this.servers.find(key);
    if (request.method === 'ACK') this.receiveAck(request, from);
    else if (known) known.receiveAgain();
    else this.receiveNew(request, { key, from, replyTo, bytes });
  }

  private receiveAck(ack: SipRequest, from: SipAddress): void {
    const invite = this.servers.find(serverKeyOf(ack, 'INVITE'));
    if (invite) invite.receiveAck(ack);
    else this.options.user.onAck(ack, from);
  }

  private receiveNew(request: SipRequest, arrival: Arrival): void {
    const { from, replyTo } = arrival;
    const reception = this.options.user.receive(request, { from, isMerged: this.servers.isMerged(request) });
    if ('drop' in reception) return;
    if ('answer' in reception) this.send(serializeMessage(reception.answer), replyTo);
    else if (!this.servers.begin(request, arrival, reception.take)) this.fault(this.overload, from);
  }
}
