import { isIP, type Socket } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  createServer,
  type PeerCertificate,
  rootCertificates,
  type SecureContext,
} from 'node:tls';
import { TransportError } from './errors.js';
import type { SipAddress } from './transport.js';
import { localAddressFor } from './transport-listen.js';
import type { StreamKind } from './transport-tcp.js';

/** Who we are over TLS, and whom we believe. */
export interface TlsIdentity {
  /** PEM. With `cert` it is shown to those who connect to us, and to servers that ask for one. */
  key?: string | Buffer;
  /** PEM, with the chain behind it. */
  cert?: string | Buffer;
  /** PEM: authorities to believe beside the well-known ones. */
  ca?: string | Buffer | readonly (string | Buffer)[];
}

export interface TlsKindOptions {
  /** Where we listen. */
  host: string;
  identity: TlsIdentity;
  handshakeMs: number;
  /** Of those who connect to us. */
  onHandshakeFailed(): void;
}

/**
 * TLS for SIP (RFC 3261 §26.2.1, RFC 5922): a server is believed only with a certificate for the name that was asked for.
 * @throws TransportError when key, certificate or authorities cannot be read
 */
export function tlsKind(options: TlsKindOptions): StreamKind {
  const secureContext = readIdentity(options.identity);
  return {
    protocol: 'TLS',
    readyOn: 'secureConnect',
    dial: (to) => dial(to, options.host, secureContext),
    welcome: createWelcome(options),
    keyOf: (to) => `${to.host} ${to.port} ${to.serverName?.toLowerCase() ?? ''}`,
  };
}

function readIdentity({ key, cert, ca }: TlsIdentity): SecureContext {
  try {
    return createSecureContext({
      ...(key === undefined ? {} : { key }),
      ...(cert === undefined ? {} : { cert }),
      // Told authorities take the place of the well-known ones, unless these are told as well.
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ...[ca].flat()] }),
    });
  } catch (cause) {
    throw new TransportError('the TLS key, certificate or authorities cannot be read', { cause });
  }
}

function dial(to: SipAddress, host: string, secureContext: SecureContext): Socket {
  const name = to.serverName ?? to.host;
  return connect({
    host: to.host,
    port: to.port,
    secureContext,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    checkServerIdentity: (_, certificate) => checkName(name, certificate),
    // An address is no name to ask for (RFC 6066 §3), and Node refuses to.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...localAddressFor(host),
  });
}

/** RFC 5922 §7.1: a `sip:` URI among the names comes first; then what every TLS client checks. */
function checkName(name: string, certificate: PeerCertificate): Error | undefined {
  const names = certificate.subjectaltname ?? '';
  // A name with a quote in it could be made to look like several.
  const isNamed =
    !names.includes('"') && names.toLowerCase().split(', ').includes(`uri:sip:${name.toLowerCase()}`);
  return isNamed ? undefined : checkServerIdentity(name, certificate);
}

/** Shakes hands with who connects to us. The server of Node does it all, but does not listen: who may come in is ours to say. */
function createWelcome(options: TlsKindOptions): StreamKind['welcome'] {
  const { key, cert } = options.identity;
  const shaking = new Map<string, (socket: Socket) => void>();
  const server = createServer({
    ...(key === undefined ? {} : { key }),
    ...(cert === undefined ? {} : { cert }),
    minVersion: 'TLSv1.2',
    handshakeTimeout: options.handshakeMs,
  });
  server.on('tlsClientError', (_, socket) => {
    options.onHandshakeFailed();
    socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    const onReady = shaking.get(endOf(socket));
    if (onReady) onReady(socket);
    else socket.destroy();
  });
  return (raw, onReady) => {
    const end = endOf(raw);
    shaking.set(end, onReady);
    raw.once('close', () => shaking.delete(end));
    server.emit('connection', raw);
  };
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
