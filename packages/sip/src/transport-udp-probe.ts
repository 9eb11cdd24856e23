import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { SipAddress } from './transport.js';

type Listener = (error: Error) => void;

/** How long an ICMP error may take to come back, ms. */
const PATIENCE_MS = 1000;

/** Destinations asked about at the same time. */
const MAX_OPEN = 64;

/** A keep-alive that every SIP stack ignores (RFC 5626 §3.5.1). */
const KEEP_ALIVE = Buffer.from('\r\n\r\n');

/**
 * Linux tells a UDP socket about ICMP "port unreachable" only when the socket is connected, and the SIP socket, which talks
 * to everybody, is not. So a short-lived connected socket sends a keep-alive to the silent destination and listens for the
 * error in its place. One socket a destination, however many calls wait for it.
 */
export class UdpProbes {
  private readonly open = new Map<
    string,
    { socket: Socket; listeners: Listener[]; timeout: NodeJS.Timeout }
  >();

  ask(to: SipAddress, onRefused: Listener): void {
    const key = `${to.host} ${to.port}`;
    const running = this.open.get(key);
    if (running) running.listeners.push(onRefused);
    else if (this.open.size < MAX_OPEN) this.start(key, to, onRefused);
  }

  close(): void {
    for (const key of [...this.open.keys()]) this.finish(key);
  }

  private start(key: string, to: SipAddress, onRefused: Listener): void {
    const socket = createSocket(isIPv6(to.host) ? 'udp6' : 'udp4');
    const timeout = setTimeout(() => this.finish(key), PATIENCE_MS).unref();
    this.open.set(key, { socket, listeners: [onRefused], timeout });
    socket.on('error', (error) => {
      for (const listener of this.finish(key)) listener(error);
    });
    socket.connect(to.port, to.host, () => {
      if (this.open.get(key)?.socket === socket) socket.send(KEEP_ALIVE);
    });
  }

  private finish(key: string): Listener[] {
    const probe = this.open.get(key);
    if (!probe) return [];
    this.open.delete(key);
    clearTimeout(probe.timeout);
    probe.socket.close();
    return probe.listeners;
  }
}
