import type { Socket } from 'node:net';
import type { Clock, Timer } from './clock.js';
import { TransportError } from './errors.js';
import { randomToken } from './random-token.js';
import type { SipAddress } from './transport.js';
import { Connection, type ConnectionOptions, type ConnectionOwner } from './transport-connection.js';
import type { TransportLimits } from './transport-limits.js';
import type { StreamKind } from './transport-tcp.js';

export interface ConnectionPoolOptions {
  kind: StreamKind;
  clock: Clock;
  limits: TransportLimits;
  owner: ConnectionOwner;
}

/** How often the deadlines of all connections are looked at, ms: one timer, however many there are. */
const SWEEP_MS = 1000;

/**
 * The connections of one protocol, from both sides: by their own names, for responses (RFC 3261 §18.2.2), and by where they
 * were opened to, for the next request there.
 */
export class ConnectionPool {
  private readonly connections = new Map<string, Connection>();
  /** Those that we opened. */
  private readonly opened = new Map<string, Connection>();
  /** Another process, or this one after a restart, must not take our connections for its own. */
  private readonly prefix = randomToken(6);
  private lastNumber = 0;
  private sweeping: Timer | null = null;

  constructor(private readonly options: ConnectionPoolOptions) {}

  get size(): number {
    return this.connections.size;
  }

  /** The stream that the address names, if it is still there, or one that was opened to it; or else a new one. @throws */
  connectionTo(to: SipAddress): Connection {
    const named = to.connection === undefined ? undefined : this.connections.get(to.connection);
    return named ?? this.opened.get(this.options.kind.keyOf(to)) ?? this.open(to);
  }

  /** Whether a stream to there is open. */
  hasOpened(to: SipAddress): boolean {
    return this.opened.get(this.options.kind.keyOf(to))?.isReady ?? false;
  }

  /** Takes in a stream that somebody opened. */
  accept(socket: Socket, peer: { host: string; port: number }): void {
    this.add({ socket, origin: 'accepted', readyOn: null }, peer);
  }

  /** See `Transport.suspect`. Those that others opened stay: there is no other way to who is behind them. */
  suspect(name: string, sinceMs: number): void {
    const connection = this.connections.get(name);
    if (!connection) return;
    const key = this.options.kind.keyOf(connection.remote);
    if (this.opened.get(key) === connection && connection.retire(sinceMs)) this.opened.delete(key);
  }

  close(): void {
    for (const connection of [...this.connections.values()]) connection.close();
  }

  private open(to: SipAddress): Connection {
    const { kind, limits } = this.options;
    if (this.opened.size >= limits.maxConnections)
      throw new TransportError('there are too many connections: another one is not opened');
    const { host, port, serverName } = to;
    const peer = { host, port, ...(serverName === undefined ? {} : { serverName }) };
    const connection = this.add({ socket: kind.dial(to), origin: 'opened', readyOn: kind.readyOn }, peer);
    this.opened.set(kind.keyOf(to), connection);
    return connection;
  }

  private add(
    stream: Pick<ConnectionOptions, 'socket' | 'origin' | 'readyOn'>,
    peer: SipAddress,
  ): Connection {
    const { kind, clock, limits, owner } = this.options;
    this.lastNumber += 1;
    const name = `${this.prefix}-${this.lastNumber}`;
    const connection = new Connection({
      ...stream,
      clock,
      limits,
      remote: { ...peer, protocol: kind.protocol, connection: name },
      owner: {
        onMessage: (data, from) => owner.onMessage(data, from),
        onUnreadable: (error, from) => owner.onUnreadable(error, from),
        onDropped: (why) => owner.onDropped(why),
        onClosed: (closed, error) => {
          this.remove(closed);
          owner.onClosed(closed, error);
        },
      },
    });
    this.connections.set(name, connection);
    this.sweeping ??= clock.after(SWEEP_MS, () => this.sweep());
    return connection;
  }

  private remove(connection: Connection): void {
    const key = this.options.kind.keyOf(connection.remote);
    this.connections.delete(connection.remote.connection);
    if (this.opened.get(key) === connection) this.opened.delete(key);
    if (this.connections.size > 0) return;
    this.sweeping?.cancel();
    this.sweeping = null;
  }

  private sweep(): void {
    const { clock } = this.options;
    const nowMs = clock.nowMs();
    this.sweeping = clock.after(SWEEP_MS, () => this.sweep());
    for (const connection of this.connections.values()) connection.sweep(nowMs);
  }
}
