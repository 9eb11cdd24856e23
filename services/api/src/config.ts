import { isSid } from '@trunkline/contracts';
import { ConfigError, env, readConfig, serviceShape } from '@trunkline/runtime';
import { z } from 'zod';

const MIN_KEY_LENGTH = 16;
const MIN_TOKEN_LENGTH = 8;

const shape = {
  ...serviceShape,
  DATABASE_URL: env.url(['postgres', 'postgresql']),
  REDIS_URL: env.url(['redis', 'rediss']),
  NATS_URL: env.url(['nats', 'tls']),
  API_HOST: env.text('0.0.0.0'),
  /** 0: any free port; the log says which. */
  API_PORT: env.integer({ default: 8080, min: 0, max: 65_535 }),
  SECRET_KEY: z
    .string({ error: keyComplaint('is not set') })
    .min(MIN_KEY_LENGTH, keyComplaint('is too short')),
  TRUNKLINE_ACCOUNT_SID: env.optional(
    z.string().refine((sid) => isSid('AC', sid), 'must be AC and 32 hex digits'),
  ),
  TRUNKLINE_AUTH_TOKEN: env.optional(
    z.string().min(MIN_TOKEN_LENGTH, `must have ${MIN_TOKEN_LENGTH} characters or more`),
  ),
  TRUNKLINE_ACCOUNT_EMAIL: env.text('administrator@company.com'),
  /** How often accounts are read again; ms. */
  ACCOUNTS_REFRESH: env.seconds(10),
};

export type ApiConfig = ReturnType<typeof readConfig<typeof shape>> & {
  /** The account that exists from the start. */
  firstAccount: { sid: string; email: string; token: string } | null;
};

/** Reads the environment. @throws ConfigError with every fault at once */
export function readApiConfig(from: NodeJS.ProcessEnv = process.env): ApiConfig {
  const config = readConfig(shape, from);
  const { TRUNKLINE_ACCOUNT_SID: sid, TRUNKLINE_AUTH_TOKEN: token, TRUNKLINE_ACCOUNT_EMAIL: email } = config;
  if ((sid === undefined) !== (token === undefined)) throw halfAnAccount(sid === undefined);
  const firstAccount = sid && token ? { sid: `AC${sid.slice(2).toLowerCase()}`, email, token } : null;
  return Object.freeze({ ...config, firstAccount });
}

function halfAnAccount(isSidAbsent: boolean): ConfigError {
  const [absent, given] = isSidAbsent
    ? ['TRUNKLINE_ACCOUNT_SID', 'TRUNKLINE_AUTH_TOKEN']
    : ['TRUNKLINE_AUTH_TOKEN', 'TRUNKLINE_ACCOUNT_SID'];
  const fault = `is not set, but ${given} is: give both, or neither`;
  return new ConfigError(`The environment has a fault:\n  ${absent}  ${fault}`, new Map([[absent, fault]]));
}

function keyComplaint(problem: string): string {
  return `${problem}: it seals the accounts' tokens in the database. Make one with "openssl rand -hex 32", and keep it`;
}
