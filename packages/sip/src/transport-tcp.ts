import { connect, type Socket } from 'node:net';
import type { SipAddress, SipProtocol } from './transport.js';
import { localAddressFor } from './transport-listen.js';

/** What TCP and TLS do each in its own way. */
export interface StreamKind {
  readonly protocol: Exclude<SipProtocol, 'UDP'>;
  /** The event of a socket of `dial` that says that it may be used. */
  readonly readyOn: 'connect' | 'secureConnect';
  /** Begins to open a stream. May throw, as for a port that is none. */
  dial(to: SipAddress): Socket;
  /** Makes of an accepted socket one to talk over. */
  welcome(raw: Socket, onReady: (socket: Socket) => void): void;
  /** What one stream is to be reused for. */
  keyOf(to: SipAddress): string;
}

/** `host`: where we listen. */
export function tcpKind(host: string): StreamKind {
  return {
    protocol: 'TCP',
    readyOn: 'connect',
    dial: (to) => connect({ host: to.host, port: to.port, ...localAddressFor(host) }),
    welcome: (raw, onReady) => onReady(raw),
    keyOf: (to) => `${to.host} ${to.port}`,
  };
}
