import type { Clock } from '../clock.js';
import {
  isReliable,
  NO_TRANSPORT_COUNTS,
  protocolOf,
  type SipAddress,
  type SipProtocol,
  type Transport,
} from '../transport.js';

/** A message on its way. */
export interface Datagram {
  atMs: number;
  from: SipAddress;
  to: SipAddress;
  text: string;
  lost: boolean;
}

export interface LossyNetworkOptions {
  clock: Clock;
  /** The same seed gives the same losses. */
  seed?: number;
  /** 0 to 1: how many datagrams vanish. */
  loss?: number;
  /** 0 to 1: how many arrive twice. */
  duplication?: number;
  /** Each takes anything between the two, ms, so that a wide gap reorders. 1 unless told. */
  delayMs?: { from: number; to: number };
}

export interface LossyNetwork {
  /**
   * A transport at this address; the address is free again once it is closed. It speaks UDP, TCP and TLS: what is sent by a
   * stream is never lost or doubled, and arrives in order.
   */
  attach(local: SipAddress): Transport;
  /** Everything sent so far, lost ones too. */
  readonly sent: Datagram[];
  /** Decides about a message in place of chance when it gives true or false; about those of streams too. */
  loses: (datagram: Datagram) => boolean | null;
  /** While it is set, nothing leaves, and each sender is told so. */
  sendError: Error | null;
  /** Whether a stream to everywhere is open already. */
  hasStreams: boolean;
  /** What was told to be suspected. */
  readonly suspected: { connection: string; sinceMs: number }[];
  /** Every stream that was used breaks: what is on its way is lost, and both ends are told. */
  breakStreams(): void;
  /** From now on this share is lost. */
  setLoss(loss: number): void;
}

type Handler = (data: Buffer, from: SipAddress) => void;
type OnLost = (connection: string, error: Error) => void;

/**
 * A network in memory: over UDP loss, duplicates, reordering, all from a seed. Nobody at an address is answered by a
 * refusal, to a probe and to a message by a stream.
 */
export function createLossyNetwork(options: LossyNetworkOptions): LossyNetwork {
  return new MemoryNetwork(options);
}

class MemoryNetwork implements LossyNetwork {
  readonly sent: Datagram[] = [];
  readonly suspected: { connection: string; sinceMs: number }[] = [];
  sendError: Error | null = null;
  hasStreams = false;
  private readonly attached = new Map<string, { handler: Handler; onLost: OnLost }>();
  /** The streams that were used, and when the last message of each arrives at either end. */
  private readonly streams = new Set<string>();
  private readonly busyUntilMs = new Map<string, number>();
  private readonly random: () => number;
  private loss: number;
  private breaks = 0;

  constructor(private readonly options: LossyNetworkOptions) {
    this.random = randomFrom(options.seed ?? 1);
    this.loss = options.loss ?? 0;
  }

  loses: (datagram: Datagram) => boolean | null = () => null;

  setLoss(loss: number): void {
    this.loss = loss;
  }

  breakStreams(): void {
    const broken = [...this.streams];
    this.streams.clear();
    this.breaks += 1;
    for (const connection of broken)
      for (const { onLost } of this.attached.values()) onLost(connection, new Error('the stream broke'));
  }

  attach(local: SipAddress): Transport {
    const { clock } = this.options;
    const key = keyOf(local);
    const end = { handler: (() => {}) as Handler, onLost: (() => {}) as OnLost };
    const localOf = (protocol: SipProtocol): SipAddress => ({ ...local, protocol });
    this.attached.set(key, end);
    return {
      local,
      localOf,
      send: (data, to, onDone) => {
        const connection = isReliable(to) ? connectionOf(local, to) : undefined;
        const error = this.sendError ?? this.refusalOf(to);
        const from = localOf(protocolOf(to));
        if (connection !== undefined) this.streams.add(connection);
        if (!error) this.carry(data, connection === undefined ? from : { ...from, connection }, to);
        if (onDone) clock.after(0, () => onDone(error, connection));
      },
      onMessage: (handler) => (end.handler = handler),
      onLost: (handler) => (end.onLost = handler),
      suspect: (connection, sinceMs) => void this.suspected.push({ connection, sinceMs }),
      hasStreamTo: (to) => this.hasStreams && isReliable(to),
      probe: (to, onRefused) => {
        if (!this.attached.has(keyOf(to))) clock.after(1, () => onRefused(new Error('ECONNREFUSED')));
      },
      counts: () => ({ ...NO_TRANSPORT_COUNTS, sockets: this.attached.has(key) ? 1 : 0 }),
      close: async () => void this.attached.delete(key),
    };
  }

  private refusalOf(to: SipAddress): Error | null {
    return isReliable(to) && !this.attached.has(keyOf(to)) ? new Error('ECONNREFUSED') : null;
  }

  private carry(data: Buffer, from: SipAddress, to: SipAddress): void {
    const { clock, duplication = 0 } = this.options;
    const datagram = { atMs: clock.nowMs(), from, to, text: data.toString('utf8'), lost: false };
    datagram.lost = this.loses(datagram) ?? (!isReliable(to) && this.random() < this.loss);
    this.sent.push(datagram);
    if (datagram.lost) return;
    const { breaks } = this;
    const deliver = (): void => {
      const isCut = isReliable(to) && breaks !== this.breaks;
      if (!isCut) this.attached.get(keyOf(to))?.handler(Buffer.from(data), from);
    };
    const copies = !isReliable(to) && this.random() < duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) clock.after(this.delayTo(from, to), deliver);
  }

  /** What goes by one stream does not overtake. */
  private delayTo(from: SipAddress, to: SipAddress): number {
    const { clock, delayMs = { from: 1, to: 1 } } = this.options;
    const delay = delayMs.from + this.random() * (delayMs.to - delayMs.from);
    if (!isReliable(to)) return delay;
    const way = `${keyOf(from)} ${keyOf(to)}`;
    const arrivesMs = Math.max(clock.nowMs() + delay, this.busyUntilMs.get(way) ?? 0);
    this.busyUntilMs.set(way, arrivesMs);
    return arrivesMs - clock.nowMs();
  }
}

function keyOf({ host, port }: SipAddress): string {
  return `${host} ${port}`;
}

/** The same from both ends. */
function connectionOf(one: SipAddress, other: SipAddress): string {
  return [keyOf(one), keyOf(other)].sort().join(' ');
}

/** Mulberry32: small, even enough, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
