import type { Clock } from './clock.js';
import { type SipParseError, TransportError } from './errors.js';
import { SourceLimits } from './source-limits.js';
import {
  NO_TRANSPORT_COUNTS,
  protocolOf,
  type SipAddress,
  type SipProtocol,
  type Transport,
  type TransportCounts,
} from './transport.js';
import type { SendDone } from './transport-connection.js';
import { DEFAULT_TRANSPORT_LIMITS, type TransportLimits } from './transport-limits.js';
import type { ListenOn } from './transport-listen.js';
import { openStreamTransport, type StreamTransport } from './transport-stream.js';
import { tcpKind } from './transport-tcp.js';
import { type TlsIdentity, tlsKind } from './transport-tls.js';
import { bindUdpTransport, type UdpTransportOptions } from './transport-udp.js';

/** Where a stream transport speaks from; `port` null: it only opens connections. */
export interface StreamListenOn {
  host: string;
  port: number | null;
  ipv6Only?: boolean;
}

export interface TransportsOptions {
  clock: Clock;
  udp?: UdpTransportOptions;
  tcp?: StreamListenOn;
  /** To listen it needs a key and a certificate. */
  tls?: StreamListenOn & TlsIdentity;
  limits?: Partial<TransportLimits>;
  /** Whose messages are not counted: trunks and the rest of the cluster. Asked for every message. */
  isTrusted?(host: string): boolean;
}

/** Opens all that was asked for, or nothing. @throws TransportError naming the address that cannot be had */
export async function openTransports(options: TransportsOptions): Promise<Transport> {
  const limits: TransportLimits = { ...DEFAULT_TRANSPORT_LIMITS, ...options.limits };
  const opening = [openUdp(options), openTcp(options, limits), openTls(options, limits)];
  const results = await Promise.allSettled(opening);
  const open = results.flatMap((one) => (one.status === 'fulfilled' && one.value ? one.value : []));
  const failed = results.find((one) => one.status === 'rejected');
  if (failed === undefined && open.length > 0) return new Transports(open, options, limits);
  await Promise.all(open.map((transport) => transport.close()));
  throw failed?.reason ?? new TransportError('no transport was asked for: SIP needs UDP, TCP or TLS');
}

async function openUdp({ udp }: TransportsOptions): Promise<Transport | null> {
  return udp ? bindUdpTransport(udp) : null;
}

async function openTcp(
  { tcp, clock, isTrusted }: TransportsOptions,
  limits: TransportLimits,
): Promise<Transport | null> {
  if (!tcp) return null;
  return openStreamTransport({ kind: tcpKind(tcp.host), clock, limits, listen: listenOn(tcp), isTrusted });
}

async function openTls(
  { tls, clock, isTrusted }: TransportsOptions,
  limits: TransportLimits,
): Promise<Transport | null> {
  if (!tls) return null;
  const { host, port, ipv6Only: _, ...identity } = tls;
  if (port !== null && (identity.key === undefined || identity.cert === undefined))
    throw new TransportError(`TLS port ${port} on ${host} needs a key and a certificate`);
  let transport: StreamTransport | null = null;
  const kind = tlsKind({
    host,
    identity,
    handshakeMs: limits.connectMs,
    onHandshakeFailed: () => transport?.noteFailed(),
  });
  transport = await openStreamTransport({ kind, clock, limits, listen: listenOn(tls), isTrusted });
  return transport;
}

function listenOn({ host, port, ipv6Only = false }: StreamListenOn): ListenOn | null {
  return port === null ? null : { host, port, ipv6Only };
}

/** All of them as one; what comes too often is dropped here, before anybody reads it. */
class Transports implements Transport {
  readonly local: SipAddress;
  private readonly byProtocol = new Map<SipProtocol, Transport>();
  private readonly sources: SourceLimits;
  private droppedByRate = 0;

  constructor(
    private readonly all: readonly Transport[],
    { clock, isTrusted }: TransportsOptions,
    limits: TransportLimits,
  ) {
    for (const transport of all) this.byProtocol.set(protocolOf(transport.local), transport);
    this.local = (all.find((one) => one.localOf(protocolOf(one.local))) ?? (all[0] as Transport)).local;
    this.sources = new SourceLimits({
      clock,
      perSecond: limits.perSourcePerSecond,
      maxSources: limits.maxSources,
      ...(isTrusted ? { isTrusted } : {}),
    });
  }

  localOf(protocol: SipProtocol): SipAddress | null {
    return this.byProtocol.get(protocol)?.localOf(protocol) ?? null;
  }

  send(data: Buffer, to: SipAddress, onDone?: SendDone): void {
    const transport = this.byProtocol.get(protocolOf(to));
    if (transport) transport.send(data, to, onDone);
    else if (onDone) queueMicrotask(() => onDone(new TransportError(`${protocolOf(to)} is not spoken here`)));
  }

  onMessage(handler: (data: Buffer, from: SipAddress) => void): void {
    for (const transport of this.all)
      transport.onMessage((data, from) => {
        if (this.sources.admits(from.host)) handler(data, from);
        else this.droppedByRate += 1;
      });
  }

  onUnreadable(handler: (error: SipParseError, from: SipAddress) => void): void {
    for (const transport of this.all) transport.onUnreadable?.(handler);
  }

  onLost(handler: (connection: string, error: Error) => void): void {
    for (const transport of this.all) transport.onLost?.(handler);
  }

  hasStreamTo(to: SipAddress): boolean {
    return this.byProtocol.get(protocolOf(to))?.hasStreamTo?.(to) ?? false;
  }

  suspect(connection: string, sinceMs: number): void {
    for (const transport of this.all) transport.suspect?.(connection, sinceMs);
  }

  probe(to: SipAddress, onRefused: (error: Error) => void): void {
    this.byProtocol.get(protocolOf(to))?.probe?.(to, onRefused);
  }

  counts(): TransportCounts {
    const sum = { ...NO_TRANSPORT_COUNTS, droppedByRate: this.droppedByRate };
    for (const transport of this.all) {
      const counts = transport.counts();
      for (const name of Object.keys(sum) as (keyof TransportCounts)[]) sum[name] += counts[name];
    }
    return sum;
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((transport) => transport.close()));
  }
}
