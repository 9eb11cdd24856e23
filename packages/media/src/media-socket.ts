import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { RtpAddress } from './rtp/rtp-latch.js';
import type { SendPacket } from './rtp/rtp-sender.js';

/** A bound UDP socket. */
export interface MediaSocket {
  send: SendPacket;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

export interface MediaSocketOptions {
  /** An IP address. */
  host: string;
  port: number;
  onPacket: (data: Buffer, from: RtpAddress) => void;
  /** The socket stays open. */
  onError: (error: Error) => void;
}

/**
 * Rejects with the system's error when the port cannot be had. Only the RTP port is bound: a second socket would double
 * what a call costs to open and close, and we send no RTCP reports; the odd neighbour stays ours by the pool.
 */
export function bindMediaSocket(options: MediaSocketOptions): Promise<MediaSocket> {
  const { host, port, onPacket, onError } = options;
  const family = isIPv6(host) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    // Every address here is an IP address; Node would ask the resolver's queue for each packet otherwise.
    lookup: (address, _options, callback) => callback(null, address, family),
  });
  return new Promise((resolve, reject) => {
    const refuse = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once('error', refuse);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', refuse);
      socket.on('error', onError);
      socket.on('message', (data, { address, port: fromPort }) =>
        onPacket(data, { host: address, port: fromPort }),
      );
      resolve({
        send: (packet, to, done) => socket.send(packet, to.port, to.host, done),
        close: () => new Promise((closed) => socket.close(closed)),
      });
    });
  });
}
