import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isKeepAlive } from '@trunkline/sip';
import { Log } from './deadline.js';

/** A SIP message as it passed, or was lost. */
export interface WireMessage {
  from: 'dialer' | 'callee';
  /** The start line. */
  start: string;
  text: string;
  lost: boolean;
  at: number;
}

/** A stretch of UDP between the dialer and a callee: it shows every message that passes, and loses those it is told to. */
export class Wire {
  readonly messages = new Log<WireMessage>();
  /** Decides whether a message is lost; `nth` counts from 1 those with the same start line's first word and sender. */
  loses: (message: WireMessage, nth: number) => boolean = () => false;
  private calleePort = 0;
  private dialer: { address: string; port: number } | null = null;
  private readonly counts = new Map<string, number>();

  private constructor(
    private readonly toDialer: Socket,
    private readonly toCallee: Socket,
  ) {
    toDialer.on('message', (data, peer) => {
      // The dialer asks a silent host whether it lives, from a socket of its own: no message, and no address to reply to.
      if (isKeepAlive(data)) return;
      this.dialer = peer;
      this.pass('dialer', data, () => toCallee.send(data, this.calleePort, '127.0.0.1'));
    });
    toCallee.on('message', (data) => {
      const peer = this.dialer;
      if (peer) this.pass('callee', data, () => toDialer.send(data, peer.port, peer.address));
    });
  }

  static async start(): Promise<Wire> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    for (const socket of sockets) socket.bind(0, '127.0.0.1');
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    return new Wire(...sockets);
  }

  /** Where the dialer sends to. */
  get port(): number {
    return this.toDialer.address().port;
  }

  /** Starts afresh towards a callee, losing nothing. */
  connect(calleePort: number): void {
    this.calleePort = calleePort;
    this.loses = () => false;
    this.counts.clear();
    this.messages.entries.length = 0;
  }

  /** The messages with this method or status from one side, oldest first, those that were lost included. */
  seen(from: WireMessage['from'], word: string): WireMessage[] {
    return this.messages.entries.filter((message) => message.from === from && firstWord(message) === word);
  }

  async stop(): Promise<void> {
    await Promise.all(
      [this.toDialer, this.toCallee].map((socket) => new Promise<void>((done) => socket.close(done))),
    );
  }

  private pass(from: WireMessage['from'], data: Buffer, forward: () => void): void {
    const text = data.toString('utf8');
    const message: WireMessage = {
      from,
      start: text.split('\r\n', 1)[0] ?? '',
      text,
      lost: false,
      at: Date.now(),
    };
    const key = `${from} ${firstWord(message)}`;
    const nth = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, nth);
    message.lost = this.loses(message, nth);
    this.messages.add(message);
    if (!message.lost) forward();
  }
}

/** The value of a header of a message. */
export function header(message: WireMessage | undefined, name: string): string | undefined {
  const line = message?.text
    .split('\r\n')
    .find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim();
}

/** The method of a request, the status of a response with its method: `INVITE`, `200 BYE`. */
function firstWord(message: WireMessage): string {
  if (!message.start.startsWith('SIP/2.0 ')) return message.start.split(' ')[0] ?? '';
  return `${message.start.split(' ')[1]} ${header(message, 'CSeq')?.split(' ')[1]}`;
}
