import type { Clock } from '../clock.js';
import type { SipAddress, Transport } from '../transport.js';

/** A datagram on its way. */
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
  /** A transport at this address; the address is free again once it is closed. */
  attach(local: SipAddress): Transport;
  /** Everything sent so far, lost ones too. */
  readonly sent: Datagram[];
  /** Decides about a datagram in place of chance when it gives true or false. */
  loses: (datagram: Datagram) => boolean | null;
  /** While it is set, no datagram leaves, and each sender is told so. */
  sendError: Error | null;
  /** From now on this share is lost. */
  setLoss(loss: number): void;
}

type Handler = (data: Buffer, from: SipAddress) => void;

/** UDP in memory: loss, duplicates, reordering, all from a seed. Nobody at an address is answered by a refusal to a probe. */
export function createLossyNetwork(options: LossyNetworkOptions): LossyNetwork {
  const { clock, seed = 1, duplication = 0, delayMs = { from: 1, to: 1 } } = options;
  const random = randomFrom(seed);
  const attached = new Map<string, Handler>();
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
    return {
      protocol: 'UDP',
      local,
      send: (data, to, onDone) => {
        const { sendError } = network;
        if (!sendError) carry(data, local, to);
        if (onDone) clock.after(0, () => onDone(sendError));
      },
      onMessage: (handler) => attached.set(key, handler),
      probe: (to, onRefused) => {
        if (!attached.has(keyOf(to))) clock.after(1, () => onRefused(new Error('ECONNREFUSED')));
      },
      close: async () => void attached.delete(key),
    };
  }

  function carry(data: Buffer, from: SipAddress, to: SipAddress): void {
    const datagram = { atMs: clock.nowMs(), from, to, text: data.toString('utf8'), lost: false };
    datagram.lost = network.loses(datagram) ?? random() < loss;
    network.sent.push(datagram);
    if (datagram.lost) return;
    const copies = random() < duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delay = delayMs.from + random() * (delayMs.to - delayMs.from);
      clock.after(delay, () => attached.get(keyOf(to))?.(Buffer.from(data), from));
    }
  }

  return network;
}

function keyOf({ host, port }: SipAddress): string {
  return `${host} ${port}`;
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
