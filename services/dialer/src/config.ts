import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { FENCES_TTL_MS } from '@trunkline/contracts';
import { env, readConfig, serviceShape } from '@trunkline/runtime';
import { z } from 'zod';
import { choosePublicAddress } from './public-address.js';

const DEFAULT_BIND = '0.0.0.0';
const BOTH_OR_NONE = 'a certificate needs its key: set SIP_TLS_CERT and SIP_TLS_KEY, or neither';

const readShape = (environment: NodeJS.ProcessEnv) => ({
  ...serviceShape,
  NATS_URL: env.url(['nats', 'tls']),
  REDIS_URL: env.url(['redis', 'rediss']),
  /** Opens the tokens that sign requests and the passwords that come with calls: the same as the api's. */
  SECRET_KEY: env.optional(env.text()),
  SIP_BIND: env.text(DEFAULT_BIND).refine((text) => isIP(text) !== 0, 'must be an IP address'),
  /** UDP, and TCP unless that has a port of its own. */
  SIP_PORT: env.port(5060),
  /** 0: no TCP. */
  SIP_TCP_PORT: env.optional(listeningPort()),
  /** With a key and a certificate; 0: no connections from outside. */
  SIP_TLS_PORT: env.optional(listeningPort()),
  /** Files in PEM format. */
  SIP_TLS_KEY: env.optional(env.text()),
  SIP_TLS_CERT: env
    .optional(env.text())
    .refine((path) => (path === undefined) === (environment.SIP_TLS_KEY === undefined), BOTH_OR_NONE),
  /** More authorities that trunks' certificates may come from. */
  SIP_TLS_CA: env.optional(env.text()),
  /** What clients are asked for their password in the name of. */
  SIP_REALM: env
    .text('trunkline')
    .refine((text) => /^[\x20-\x7e]{1,64}$/.test(text), 'must be printable ASCII'),
  /** Messages a second that one address may send; trunks are not counted. */
  SIP_SOURCE_RATE: env.integer({ default: 200, min: 1, max: 100_000 }),
  /** Bounds of what clients may register for. */
  REGISTER_MIN: env.seconds(60),
  REGISTER_MAX: env.seconds(3600),
  /** In place of the system's. */
  DNS_SERVERS: env.optional(env.text().transform(readServers)),
  /** What others send SIP and RTP to: as given, or found. */
  SIP_PUBLIC_ADDRESS: env
    .optional(env.text().refine((text) => isIP(text) !== 0, 'must be an IP address, no name'))
    .transform(publicAddressFor(environment.SIP_BIND?.trim() || DEFAULT_BIND)),
  RTP_PORTS: env.portRange('20000-29999'),
  /** Whether markup may come from private addresses. */
  MARKUP_ALLOW_PRIVATE: env.boolean(false),
  /** Whether trunks of accounts below another may be at private addresses; those of the account at the top always may. */
  TRUNK_ALLOW_PRIVATE: env.boolean(false),
  /** What this dialer is called in events, logs and leases; each life of it adds a suffix of its own. */
  DIALER_ID: env
    .text('')
    .refine((text) => /^[A-Za-z0-9_-]{0,64}$/.test(text), 'must be at most 64 letters, digits, - and _'),
  /** Calls at once. */
  MAX_CALLS: env.integer({ default: 200, min: 1, max: 10_000 }),
  /**
   * A call that waited longer for a dialer fails as expired. Bounded to half the life of a fence: a job whose fence is
   * forgotten would be dialed again.
   */
  JOB_MAX_AGE: env
    .seconds(3600)
    .refine((ms) => ms <= FENCES_TTL_MS / 2, `must be at most ${FENCES_TTL_MS / 2000} seconds`),
  /** How long a trunk may say nothing at all while there is another to try. */
  TRUNK_PATIENCE: env.seconds(4),
});

/** Beside 1 to 65535 also 0, which switches a listener off. */
function listeningPort() {
  return env.integer({ min: 0, max: 65_535 });
}

/** IP addresses, each with a port or without, commas between. */
function readServers(text: string, context: z.RefinementCtx): string[] {
  const servers = text.split(',').map((server) => server.trim());
  if (servers.every((server) => isIP(server.replace(/^\[(.*)\](:\d+)?$|^([\d.]+)(:\d+)?$/, '$1$3')) !== 0))
    return servers;
  context.addIssue({
    code: 'custom',
    message: 'must be IP addresses, each with a port or without, with commas between',
  });
  return z.NEVER;
}

type Environment = ReturnType<typeof readConfig<ReturnType<typeof readShape>>>;

/** What the environment says, and what follows from it. */
export type DialerConfig = Environment & {
  /** Unique to this life of this process. */
  readonly dialerId: string;
  /** An IP address. */
  readonly publicAddress: string;
  /** Null: not listened on. */
  readonly tcpPort: number | null;
  readonly tlsPort: number | null;
};

/**
 * Reads the dialer's configuration.
 * @throws ConfigError naming every fault
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): DialerConfig {
  const config = readConfig(readShape(environment), environment);
  const { SIP_PORT, SIP_TCP_PORT = SIP_PORT, SIP_TLS_PORT = SIP_PORT + 1 } = config;
  return Object.freeze({
    ...config,
    dialerId: nameOneLife(config.DIALER_ID || nameByPlace(config.SIP_PORT)),
    publicAddress: config.SIP_PUBLIC_ADDRESS,
    tcpPort: SIP_TCP_PORT === 0 ? null : SIP_TCP_PORT,
    tlsPort: SIP_TLS_PORT === 0 || config.SIP_TLS_KEY === undefined ? null : SIP_TLS_PORT,
  });
}

/** Chooses the public address; that there is none is a fault like any other. */
function publicAddressFor(bind: string) {
  return (given: string | undefined, context: z.RefinementCtx): string => {
    // A SIP_BIND that is no address is told by itself.
    if (isIP(bind) === 0) return given ?? '';
    try {
      return choosePublicAddress(given, bind, networkInterfaces());
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  };
}

/** A restarted dialer is another one: what its former life held is ended like that of any dialer that died. */
function nameOneLife(name: string): string {
  return `${name}-${randomBytes(4).toString('hex')}`;
}

function nameByPlace(port: number): string {
  return `${hostname()
    .replaceAll(/[^A-Za-z0-9_-]/g, '-')
    .slice(0, 48)}-${port}`;
}
