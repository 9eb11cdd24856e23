import { readFile } from 'node:fs/promises';
import { blameVariables } from '@trunkline/runtime';
import { systemClock as clock, openTransports, type Transport } from '@trunkline/sip';
import type { DialerConfig } from '../config.js';

export interface SipListeners {
  config: Pick<
    DialerConfig,
    | 'SIP_BIND'
    | 'SIP_PORT'
    | 'SIP_TLS_KEY'
    | 'SIP_TLS_CERT'
    | 'SIP_TLS_CA'
    | 'SIP_SOURCE_RATE'
    | 'tcpPort'
    | 'tlsPort'
  >;
  /** Trunks, and the rest of the cluster: they may send as much as they like. */
  isTrusted: (host: string) => boolean;
}

/**
 * Opens SIP over UDP, TCP and TLS. Calls go out over each of them, also where none come in.
 * @throws ConfigError naming the variables to look at
 */
export async function openSipTransports({ config, isTrusted }: SipListeners): Promise<Transport> {
  const { SIP_BIND: host, SIP_PORT, SIP_SOURCE_RATE, tcpPort, tlsPort } = config;
  const identity = await readIdentity(config);
  return blameVariables(
    ['SIP_BIND', 'SIP_PORT', 'SIP_TCP_PORT', 'SIP_TLS_PORT', 'SIP_TLS_KEY', 'SIP_TLS_CERT'],
    openTransports({
      clock,
      udp: { host, port: SIP_PORT, ...ONE_VERSION },
      tcp: { host, port: tcpPort, ...ONE_VERSION },
      tls: { host, port: tlsPort, ...ONE_VERSION, ...identity },
      limits: { perSourcePerSecond: SIP_SOURCE_RATE },
      isTrusted,
    }),
  );
}

/** What Contact and SDP say is one address: a caller of the other IP version could not be answered. */
const ONE_VERSION = { ipv6Only: true };

type Identity = { key?: Buffer; cert?: Buffer; ca?: Buffer };

async function readIdentity(config: SipListeners['config']): Promise<Identity> {
  const [key, cert, ca] = await Promise.all([
    readPem('SIP_TLS_KEY', config.SIP_TLS_KEY),
    readPem('SIP_TLS_CERT', config.SIP_TLS_CERT),
    readPem('SIP_TLS_CA', config.SIP_TLS_CA),
  ]);
  return { ...(key ? { key } : {}), ...(cert ? { cert } : {}), ...(ca ? { ca } : {}) };
}

async function readPem(variable: string, path: string | undefined): Promise<Buffer | null> {
  return path === undefined ? null : blameVariables([variable], readFile(path));
}
