import { createServer, type Server, type Socket } from 'node:net';
import type { Clock, Timer } from './clock.js';
import { type SipParseError, TransportError } from './errors.js';
import {
  NO_TRANSPORT_COUNTS,
  type SipAddress,
  type SipProtocol,
  type Transport,
  type TransportCounts,
} from './transport.js';
import { Admission } from './transport-admission.js';
import type { Connection, SendDone } from './transport-connection.js';
import type { TransportLimits } from './transport-limits.js';
import { type ListenOn, listenFor, peerOf } from './transport-listen.js';
import { ConnectionPool } from './transport-pool.js';
import type { StreamKind } from './transport-tcp.js';

export interface StreamTransportOptions {
  kind: StreamKind;
  clock: Clock;
  limits: TransportLimits;
  /** Null: it opens connections, and nobody can open one to it. */
  listen: ListenOn | null;
  isTrusted?: ((host: string) => boolean) | undefined;
}

/** Opens SIP over TCP or TLS (RFC 3261 §18). @throws TransportError naming the address that cannot be had */
export async function openStreamTransport(options: StreamTransportOptions): Promise<StreamTransport> {
  const transport = new StreamTransport(options);
  await transport.listen();
  return transport;
}

/** How long those who have been told to close may take, ms. */
const CLOSE_MS = 3000;

export class StreamTransport implements Transport {
  local: SipAddress;
  private readonly server: Server;
  private readonly admission: Admission;
  private readonly pool: ConnectionPool;
  /** From the first byte of a handshake until it is really gone. */
  private readonly accepted = new Set<Socket>();
  private readonly tally: TransportCounts = { ...NO_TRANSPORT_COUNTS };
  private closing: Promise<void> | null = null;
  private readonly handlers = {
    message: (_data: Buffer, _from: SipAddress): void => {},
    unreadable: (_error: SipParseError, _from: SipAddress): void => {},
    lost: (_connection: string, _error: Error): void => {},
  };

  constructor(private readonly options: StreamTransportOptions) {
    const { kind, clock, limits, isTrusted } = options;
    this.local = { host: '', port: 0, protocol: kind.protocol };
    this.server = createServer((socket) => this.accept(socket));
    this.admission = new Admission({
      max: limits.maxConnections,
      maxPerSource: limits.maxConnectionsPerSource,
      isTrusted,
    });
    this.pool = new ConnectionPool({
      kind,
      clock,
      limits,
      owner: {
        onMessage: (data, from) => this.handlers.message(data, from),
        onUnreadable: (error, from) => this.handlers.unreadable(error, from),
        onDropped: (why) => this.noteDropped(why),
        onClosed: (connection, error) => this.noteClosed(connection, error),
      },
    });
  }

  async listen(): Promise<void> {
    const { kind, listen } = this.options;
    if (!listen) return;
    await listenFor(kind.protocol, this.server, listen);
    const bound = this.server.address();
    if (bound !== null && typeof bound === 'object')
      this.local = { host: bound.address, port: bound.port, protocol: kind.protocol };
  }

  localOf(protocol: SipProtocol): SipAddress | null {
    return protocol === this.options.kind.protocol && this.options.listen ? this.local : null;
  }

  send(data: Buffer, to: SipAddress, onDone?: SendDone): void {
    try {
      if (this.closing) throw new TransportError('the transport is closed');
      this.pool.connectionTo(to).send(data, onDone);
    } catch (error) {
      // Closed, full, or an address that is none, from a Contact or a Via.
      if (onDone) queueMicrotask(() => onDone(error as Error));
    }
  }

  hasStreamTo(to: SipAddress): boolean {
    return this.pool.hasOpened(to);
  }

  suspect(connection: string, sinceMs: number): void {
    this.pool.suspect(connection, sinceMs);
  }

  onMessage(handler: (data: Buffer, from: SipAddress) => void): void {
    this.handlers.message = handler;
  }

  onUnreadable(handler: (error: SipParseError, from: SipAddress) => void): void {
    this.handlers.unreadable = handler;
  }

  onLost(handler: (connection: string, error: Error) => void): void {
    this.handlers.lost = handler;
  }

  noteFailed(): void {
    this.tally.failedConnections += 1;
  }

  counts(): TransportCounts {
    return { ...this.tally, sockets: this.server.listening ? 1 : 0, connections: this.pool.size };
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private accept(raw: Socket): void {
    // Without a listener, Node would end the process over what one socket met.
    raw.on('error', () => {});
    const peer = peerOf(raw);
    if (!peer || this.closing || !this.admission.enter(peer.host)) {
      this.tally.refusedConnections += 1;
      raw.destroy();
      return;
    }
    this.accepted.add(raw);
    raw.once('close', () => {
      this.accepted.delete(raw);
      this.admission.leave(peer.host);
    });
    this.options.kind.welcome(raw, (socket) => this.pool.accept(socket, peer));
  }

  private noteDropped(why: 'malformed' | 'full'): void {
    if (why === 'malformed') this.tally.droppedMalformed += 1;
    else this.tally.droppedFull += 1;
  }

  private noteClosed(connection: Connection, error: Error): void {
    if (!connection.isReady) this.tally.failedConnections += 1;
    this.handlers.lost(connection.remote.connection, error);
  }

  private async shutDown(): Promise<void> {
    this.pool.close();
    if (!this.server.listening) return;
    await new Promise<void>((done) => {
      const limit: Timer = this.options.clock.after(CLOSE_MS, () => this.destroyAll());
      this.server.close(() => {
        limit.cancel();
        done();
      });
      for (const raw of this.accepted) if (raw.bytesWritten === 0) raw.destroy();
    });
  }

  private destroyAll(): void {
    for (const raw of this.accepted) raw.destroy();
  }
}
