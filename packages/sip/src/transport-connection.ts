import type { Socket } from 'node:net';
import type { Clock, Timer } from './clock.js';
import { SipParseError, TransportError } from './errors.js';
import { createFramer, type FramedItem } from './parse-frame.js';
import type { SipAddress } from './transport.js';
import { type ConnectionLife, type ConnectionVerdict, judgeConnection } from './transport-connection-life.js';
import type { TransportLimits } from './transport-limits.js';

export type SendDone = (error: Error | null, connection?: string) => void;

export interface ConnectionOptions {
  /** Who is at the other end, with this stream's own name in `connection`. */
  remote: SipAddress & { connection: string };
  origin: 'accepted' | 'opened';
  /** The event that says that it may be used; null: it may already. */
  readyOn: 'connect' | 'secureConnect' | null;
  socket: Socket;
  clock: Clock;
  limits: TransportLimits;
  owner: ConnectionOwner;
}

export interface ConnectionOwner {
  onMessage(data: Buffer, from: SipAddress): void;
  /** What came can be read no further; its answer still leaves. */
  onUnreadable(error: SipParseError, from: SipAddress): void;
  onDropped(why: 'malformed' | 'full'): void;
  /** Once; nothing comes after it. */
  onClosed(connection: Connection, error: Error): void;
}

const PING = Buffer.from('\r\n\r\n');
const PONG = Buffer.from('\r\n');

/** How long what was sent last may take to leave, ms. */
const LINGER_MS = 2000;

/** The kernel asks a silent far end whether it still is there, ms: a half-open stream is found and closed. */
const PROBE_MS = 60_000;

/**
 * One stream of SIP messages over TCP or TLS: cuts it into messages (RFC 3261 §18.3), keeps it alive (RFC 5626 §3.5.1) and
 * holds it to its deadlines, which its owner asks for by `sweep`.
 */
export class Connection {
  readonly remote: SipAddress & { connection: string };
  private readonly framer;
  private readonly life: ConnectionLife;
  private waiting: { data: Buffer; onDone: SendDone | undefined }[] = [];
  private waitingBytes = 0;
  private error: Error | null = null;
  private isClosed = false;
  private lingering: Timer | null = null;

  constructor(private readonly options: ConnectionOptions) {
    const { socket, clock, limits, origin, readyOn } = options;
    const nowMs = clock.nowMs();
    this.remote = options.remote;
    this.framer = createFramer({ maxBytes: limits.maxMessageBytes });
    this.life = {
      origin,
      isReady: readyOn === null,
      sinceMs: nowMs,
      hasSpoken: false,
      isRetired: false,
      heardMs: nowMs,
      usedMs: nowMs,
      partialSinceMs: null,
      stalledSinceMs: null,
      pingedMs: nowMs,
      hasPonged: false,
    };
    this.listen(socket, readyOn);
  }

  /** `onDone`, later: null when the network took all of it. */
  send(data: Buffer, onDone?: SendDone): void {
    const { socket, limits, clock, owner } = this.options;
    if (this.isClosed) {
      if (onDone) queueMicrotask(() => onDone(this.reason()));
    } else if (socket.writableLength + this.waitingBytes + data.length > limits.maxSendBufferBytes) {
      owner.onDropped('full');
      if (onDone)
        queueMicrotask(() => onDone(new TransportError('the far end does not read what it has got')));
    } else {
      this.life.usedMs = clock.nowMs();
      if (this.life.isReady) this.write(data, onDone);
      else this.queue(data, onDone);
    }
  }

  get isReady(): boolean {
    return this.life.isReady;
  }

  /** Takes it out of use, unless something has come since then. Whether it has. */
  retire(sinceMs: number): boolean {
    this.life.isRetired ||= this.life.heardMs < sinceMs;
    return this.life.isRetired;
  }

  /** Does what is due: a keep-alive, or the end. */
  sweep(nowMs: number): void {
    const { socket, limits } = this.options;
    this.noteStall(socket.writableLength > 0, nowMs);
    const verdict = judgeConnection(this.life, limits, nowMs);
    if (verdict === 'keep') return;
    if (verdict === 'ping') this.ping(nowMs);
    else this.giveUp(verdict);
  }

  /** Ends it; what was sent still leaves, if the far end reads it at once. */
  close(): void {
    this.fail(new TransportError('the transport is closed'));
    this.linger();
  }

  private listen(socket: Socket, readyOn: ConnectionOptions['readyOn']): void {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, PROBE_MS);
    if (readyOn) socket.once(readyOn, () => this.becomeReady());
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) => this.fail(error));
    // The far end says no more: it is not to be found for the next message while ours still leaves.
    socket.on('end', () => {
      this.fail(new TransportError('the far end closed the connection'));
      this.linger();
    });
    socket.on('close', () => {
      this.lingering?.cancel();
      this.fail(new TransportError('the connection is closed'));
    });
  }

  private becomeReady(): void {
    const { waiting } = this;
    this.waiting = [];
    this.waitingBytes = 0;
    this.life.isReady = true;
    this.life.heardMs = this.options.clock.nowMs();
    for (const { data, onDone } of waiting) this.write(data, onDone);
  }

  /** Until the handshake is over nobody knows who is there: nothing is given to the socket before. */
  private queue(data: Buffer, onDone: SendDone | undefined): void {
    this.waiting.push({ data, onDone });
    this.waitingBytes += data.length;
  }

  private write(data: Buffer, onDone?: SendDone): void {
    this.options.socket.write(data, (error) => {
      if (this.isClosed) onDone?.(this.reason());
      else onDone?.(error ?? null, this.remote.connection);
    });
  }

  private receive(chunk: Buffer): void {
    if (this.framer.fault) return;
    const nowMs = this.options.clock.nowMs();
    this.life.heardMs = nowMs;
    const items = this.cut(chunk);
    for (const item of items) this.take(item, nowMs);
    const { pendingBytes, fault } = this.framer;
    if (pendingBytes === 0) this.life.partialSinceMs = null;
    else if (items.length > 0 || this.life.partialSinceMs === null) this.life.partialSinceMs = nowMs;
    if (fault) this.refuse(fault);
  }

  private cut(chunk: Buffer): FramedItem[] {
    try {
      return this.framer.push(chunk);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      return [];
    }
  }

  private take(item: FramedItem, nowMs: number): void {
    if (item.kind === 'message') {
      this.life.hasSpoken = true;
      this.life.usedMs = nowMs;
      this.options.owner.onMessage(item.data, this.remote);
    } else if (item.kind === 'pong') {
      this.life.hasPonged = true;
    } else if (this.options.socket.writableLength < PONG.length * 16) {
      this.options.socket.write(PONG);
    }
  }

  private refuse(fault: SipParseError): void {
    const { owner } = this.options;
    owner.onDropped('malformed');
    owner.onUnreadable(fault, this.remote);
    this.fail(fault);
    this.linger();
  }

  private ping(nowMs: number): void {
    this.life.pingedMs = nowMs;
    this.options.socket.write(PING);
  }

  private noteStall(isStalled: boolean, nowMs: number): void {
    if (!isStalled) this.life.stalledSinceMs = null;
    else this.life.stalledSinceMs ??= nowMs;
  }

  private giveUp(verdict: Exclude<ConnectionVerdict, 'keep' | 'ping'>): void {
    if (verdict === 'slow') this.options.owner.onDropped('malformed');
    this.fail(new TransportError(REASONS[verdict]));
    if (verdict === 'idle') this.linger();
    else this.options.socket.destroy();
  }

  /** Closes it when what was sent has left, or soon after. */
  private linger(): void {
    const { socket, clock } = this.options;
    if (socket.destroyed || this.lingering) return;
    this.lingering = clock.after(LINGER_MS, () => socket.destroy());
    socket.destroySoon();
  }

  private fail(error: Error): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.error = error;
    const { waiting } = this;
    this.waiting = [];
    for (const { onDone } of waiting) onDone?.(error);
    this.options.owner.onClosed(this, error);
  }

  private reason(): Error {
    return this.error ?? new TransportError('the connection is closed');
  }
}

const REASONS = {
  'connect-timeout': 'the connection could not be opened in time',
  slow: 'a message took too long to come',
  stalled: 'the far end does not read what it has got',
  idle: 'nothing was said for long',
  dead: 'a keep-alive was not answered',
} as const;
