import { once } from 'node:events';
import { isIPv4, type Server, type Socket } from 'node:net';
import { TransportError } from './errors.js';
import type { SipProtocol } from './transport.js';

/** Where to listen. */
export interface ListenOn {
  /** An address; `0.0.0.0` and `::` are every one, `::` of both families. */
  host: string;
  /** 0: any free one. */
  port: number;
  /** Of `::`, not for IPv4 too: for who can only answer over IPv6. */
  ipv6Only?: boolean;
}

/** Opens a listening stream socket. @throws TransportError naming the address that cannot be had */
export async function listenFor(protocol: SipProtocol, server: Server, on: ListenOn): Promise<void> {
  try {
    const listening = once(server, 'listening');
    server.listen({
      host: on.host,
      port: on.port,
      backlog: BACKLOG,
      exclusive: true,
      ipv6Only: on.ipv6Only ?? false,
    });
    await listening;
  } catch (error) {
    throw new TransportError(explainListen(protocol, on, error as NodeJS.ErrnoException), { cause: error });
  }
  // A socket that cannot be accepted, as when there are no more of them, is no reason to end.
  server.on('error', () => {});
}

/** Phones of a whole house come back at once when the power does. */
const BACKLOG = 1024;

/** Why a socket cannot be had, for whoever runs the program. */
export function explainListen(
  protocol: SipProtocol,
  { host, port }: ListenOn,
  error: NodeJS.ErrnoException,
): string {
  const where = `${protocol} port ${port} on ${host}`;
  if (error.code === 'EADDRINUSE')
    return `${where} is taken by another program: stop it, or choose another port`;
  if (error.code === 'EADDRNOTAVAIL') return `${where}: this machine has no such address`;
  if (error.code === 'EACCES') return `${where} may not be used without privileges: choose a port above 1023`;
  return `${where} cannot be opened: ${error.message}`;
}

const MAPPED = /^::ffff:(?=\d+\.)/i;

/** A socket of both families writes an IPv4 address as IPv6; everywhere else it is one (RFC 4291 §2.5.5.2). */
export function plainAddress(host: string): string {
  return host.startsWith('::ffff:') ? host.replace(MAPPED, '') : host;
}

/** As a socket of both families wants it. */
export function mappedAddress(host: string): string {
  return isIPv4(host) ? `::ffff:${host}` : host;
}

/** Where connections of ours come from: where we listen, so that a firewall that knows that address lets them pass. */
export function localAddressFor(host: string): { localAddress?: string } {
  return EVERY_ADDRESS.has(host) ? {} : { localAddress: host };
}

/** Every address of the machine. */
export const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Who is at the other end of an accepted socket; null when it is gone already. */
export function peerOf(socket: Socket): { host: string; port: number } | null {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return null;
  return { host: plainAddress(remoteAddress), port: remotePort };
}
