import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { TransportError } from './errors.js';
import {
  NO_TRANSPORT_COUNTS,
  type SipAddress,
  type SipProtocol,
  type Transport,
  type TransportCounts,
} from './transport.js';
import { explainListen, type ListenOn, mappedAddress, plainAddress } from './transport-listen.js';
import { UdpProbes } from './transport-udp-probe.js';

export interface UdpTransportOptions extends ListenOn {
  /** A burst of calls must fit between two turns of the event loop. 4 MiB unless told. */
  recvBufferBytes?: number;
}

const RECV_BUFFER_BYTES = 4 * 1024 * 1024;

/** Opens the UDP socket of a user agent. @throws TransportError naming the address that cannot be had */
export async function bindUdpTransport(options: UdpTransportOptions): Promise<Transport> {
  const isIPv6 = isIP(options.host) === 6;
  const socket = createSocket({
    type: isIPv6 ? 'udp6' : 'udp4',
    ipv6Only: isIPv6 && (options.ipv6Only ?? false),
    lookup: lookupName,
  });
  try {
    // Listened for before: an address needs no look-up, and is bound at once.
    const listening = once(socket, 'listening');
    socket.bind(options.port, options.host);
    await listening;
  } catch (error) {
    socket.close();
    throw new TransportError(explainListen('UDP', options, error as NodeJS.ErrnoException), { cause: error });
  }
  enlargeBuffer(socket, options.recvBufferBytes ?? RECV_BUFFER_BYTES);
  return new UdpTransport(socket);
}

class UdpTransport implements Transport {
  readonly local: SipAddress;
  private readonly probes: UdpProbes;
  /** One socket for both families. */
  private readonly isBoth: boolean;
  private handler: (data: Buffer, from: SipAddress) => void = () => {};
  private closed = false;

  constructor(private readonly socket: Socket) {
    const { address, port } = socket.address();
    this.local = { host: address, port, protocol: 'UDP' };
    this.isBoth = address === '::';
    this.probes = new UdpProbes(address);
    socket.on('message', (data, peer) =>
      this.handler(data, { host: plainAddress(peer.address), port: peer.port, protocol: 'UDP' }),
    );
    // What a datagram met is told to its own sender; without a listener Node would end the process.
    socket.on('error', () => {});
  }

  localOf(protocol: SipProtocol): SipAddress | null {
    return protocol === 'UDP' ? this.local : null;
  }

  send(data: Buffer, to: SipAddress, onDone?: (error: Error | null) => void): void {
    if (this.closed) {
      // Later, as every other error: no caller is called back before `send` has returned.
      if (onDone) queueMicrotask(() => onDone(new TransportError('the transport is closed')));
      return;
    }
    try {
      this.socket.send(data, to.port, this.isBoth ? mappedAddress(to.host) : to.host, (error) => {
        onDone?.(error);
      });
    } catch (error) {
      // A port out of range or the like, from a Contact or a Via.
      if (onDone) queueMicrotask(() => onDone(error as Error));
    }
  }

  onMessage(handler: (data: Buffer, from: SipAddress) => void): void {
    this.handler = handler;
  }

  probe(to: SipAddress, onRefused: (error: Error) => void): void {
    if (this.closed) return;
    try {
      this.probes.ask(to, onRefused);
    } catch {
      // It was only a question.
    }
  }

  counts(): TransportCounts {
    return { ...NO_TRANSPORT_COUNTS, sockets: this.closed ? 0 : 1 };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.probes.close();
    await new Promise<void>((done) => this.socket.close(done));
  }
}

/** Node asks `lookup` for every datagram: an address must not wait for the resolver's threads. */
const lookupName: typeof lookup = ((host: string, _options: unknown, done: LookupCallback) => {
  const family = isIP(host);
  if (family !== 0) done(null, host, family);
  else lookup(host, done);
}) as typeof lookup;

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

/** The kernel may give less, which is no reason not to start. */
function enlargeBuffer(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
  } catch {
    // As large as it was.
  }
}
