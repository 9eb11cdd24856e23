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
  /** From now on this share is lost. */
  setLoss(loss: number): void;
}

type Handler = (data: Buffer, from: SipAddress) => void;

/**
 * A network in memory: over UDP loss, duplicates, reordering, all from a seed. Nobody at an address is answered by a
 * refusal, to a probe and to a message by a stream.
 */
export function createLossyNetwork(options: LossyNetworkOptions): LossyNetwork {
  const { clock, seed = 1, duplication = 0, delayMs = { from: 1, to: 1 } } = options;
  const random = randomFrom(seed);
  const attached = new Map<string, Handler>();
  /** By stream: when the last message on it arrives. */
  const busyUntilMs = new Map<string, number>();
  let loss = options.loss ?? 0;

  const network: LossyNetwork = {
    attach,
    sent: [],
    sendError: null,
    loses: () => null,
    setLoss: (rate) => (loss = rate),
  };

  function attach(local: SipAddress): Transport {
    const key = keyOf(local);
    attached.set(key, () => {});
    const localOf = (protocol: SipProtocol): SipAddress => ({ ...local, protocol });
    return {
      local,
      localOf,
      speaks: () => true,
      send: (data, to, onDone) => {
        const from = localOf(protocolOf(to));
        const error = network.sendError ?? refusalOf(to);
        if (!error) carry(data, isReliable(to) ? { ...from, connection: connectionOf(local, to) } : from, to);
        if (onDone) clock.after(0, () => onDone(error));
      },
      onMessage: (handler) => attached.set(key, handler),
      probe: (to, onRefused) => {
        if (!attached.has(keyOf(to))) clock.after(1, () => onRefused(new Error('ECONNREFUSED')));
      },
      counts: () => ({ ...NO_TRANSPORT_COUNTS, sockets: attached.has(key) ? 1 : 0 }),
      close: async () => void attached.delete(key),
    };
  }

  function refusalOf(to: SipAddress): Error | null {
    return isReliable(to) && !attached.has(keyOf(to)) ? new Error('ECONNREFUSED') : null;
  }

  function carry(data: Buffer, from: SipAddress, to: SipAddress): void {
    const datagram = { atMs: clock.nowMs(), from, to, text: data.toString('utf8'), lost: false };
    datagram.lost = network.loses(datagram) ?? (!isReliable(to) && random() < loss);
    network.sent.push(datagram);
    if (datagram.lost) return;
    const deliver = (): void => attached.get(keyOf(to))?.(Buffer.from(data), from);
    const copies = !isReliable(to) && random() < duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) clock.after(delayTo(from, to), deliver);
  }

  /** What goes by one stream does not overtake. */
  function delayTo(from: SipAddress, to: SipAddress): number {
    const delay = delayMs.from + random() * (delayMs.to - delayMs.from);
    if (!isReliable(to)) return delay;
    const stream = `${keyOf(from)} ${keyOf(to)}`;
    const arrivesMs = Math.max(clock.nowMs() + delay, busyUntilMs.get(stream) ?? 0);
    busyUntilMs.set(stream, arrivesMs);
    return arrivesMs - clock.nowMs();
  }

  return network;
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
