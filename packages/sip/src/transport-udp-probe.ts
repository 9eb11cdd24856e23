import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { SipAddress } from './transport.js';
import { EVERY_ADDRESS } from './transport-listen.js';

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
 * error in its place. One socket a destination, however many calls wait for it. It speaks from the address that SIP speaks
 * from, so that a firewall which admits only that does not refuse the question; the port is another one, so that a refusal
 * is still no proof.
 */
export class UdpProbes {
  private readonly open = new Map<
    string,
    { socket: Socket; listeners: Listener[]; timeout: NodeJS.Timeout }
  >();

  /** `localHost`: where the SIP socket listens. */
  constructor(private readonly localHost: string) {}

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
    let isAsked = false;
    const refuse = (error: Error): void => {
      for (const listener of this.finish(key)) listener(error);
    };
    // Before anything was asked it is our own trouble, as when there are no more sockets, and says nothing about them.
    socket.on('error', (error) => (isAsked ? refuse(error) : void this.finish(key)));
    if (!EVERY_ADDRESS.has(this.localHost))
      socket.bind({ port: 0, address: this.localHost, exclusive: true });
    socket.connect(to.port, to.host, (error?: Error) => {
      if (error) refuse(error);
      if (this.open.get(key)?.socket !== socket) return;
      isAsked = true;
      socket.send(KEEP_ALIVE);
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
