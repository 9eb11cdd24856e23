import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { FENCES_TTL_MS } from '@trunkline/contracts';
import { env, readConfig, serviceShape } from '@trunkline/runtime';
import { z } from 'zod';
import { choosePublicAddress } from './public-address.js';
import { parseTrunks, type Trunk } from './trunks.js';

const DEFAULT_BIND = '0.0.0.0';

const readShape = (environment: NodeJS.ProcessEnv) => ({
  ...serviceShape,
  NATS_URL: env.url(['nats', 'tls']),
  REDIS_URL: env.url(['redis', 'rediss']),
  /** Opens the tokens that sign requests and the passwords that come with calls: the same as the api's. */
  SECRET_KEY: env.optional(env.text()),
  /** Where calls go, in the order to try. */
  TRUNKS: env.text().transform((text, context): Trunk[] => {
    try {
      return parseTrunks(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  }),
  SIP_BIND: env.text(DEFAULT_BIND).refine((text) => isIP(text) !== 0, 'must be an IP address'),
  SIP_PORT: env.port(5060),
  /** What others send SIP and RTP to: as given, or found. */
  SIP_PUBLIC_ADDRESS: env
    .optional(env.text().refine((text) => isIP(text) !== 0, 'must be an IP address, no name'))
    .transform(publicAddressFor(environment.SIP_BIND?.trim() || DEFAULT_BIND)),
  RTP_PORTS: env.portRange('20000-29999'),
  /** Whether markup may come from private addresses. */
  MARKUP_ALLOW_PRIVATE: env.boolean(false),
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

type Environment = ReturnType<typeof readConfig<ReturnType<typeof readShape>>>;

/** What the environment says, and what follows from it. */
export type DialerConfig = Environment & {
  /** Unique to this life of this process. */
  readonly dialerId: string;
  /** An IP address. */
  readonly publicAddress: string;
};

/**
 * Reads the dialer's configuration.
 * @throws ConfigError naming every fault
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): DialerConfig {
  const config = readConfig(readShape(environment), environment);
  return Object.freeze({
    ...config,
    dialerId: nameOneLife(config.DIALER_ID || nameByPlace(config.SIP_PORT)),
    publicAddress: config.SIP_PUBLIC_ADDRESS,
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
