import { isSid } from '@trunkline/contracts';
import { env, readConfig, serviceShape } from '@trunkline/runtime';
import { z } from 'zod';
import { EMERGENCY_REGIONS } from './numbers/emergency-numbers.js';
import { readTrunkList } from './trunks/environment-trunks.js';
import type { SipHost } from './trunks/read-sip-host.js';

const MIN_KEY_LENGTH = 16;
const MIN_TOKEN_LENGTH = 8;

const readShape = (from: NodeJS.ProcessEnv) => ({
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
  TRUNKLINE_ACCOUNT_SID: env
    .optional(z.string().refine((sid) => isSid('AC', sid), 'must be AC and 32 hex digits'))
    .refine(...givenWith('TRUNKLINE_AUTH_TOKEN', from)),
  TRUNKLINE_AUTH_TOKEN: env
    .optional(z.string().min(MIN_TOKEN_LENGTH, `must have ${MIN_TOKEN_LENGTH} characters or more`))
    .refine(...givenWith('TRUNKLINE_ACCOUNT_SID', from)),
  TRUNKLINE_ACCOUNT_EMAIL: env.text('administrator@company.com'),
  /** Trunks of the first account: SIP URIs with commas between, the first to be tried first. */
  TRUNKS: env
    .text('')
    .refine((text) => text === '' || Boolean(from.TRUNKLINE_ACCOUNT_SID?.trim()), {
      message: 'is set, but TRUNKLINE_ACCOUNT_SID is not: they are trunks of that account',
      abort: true,
    })
    .transform(readTrunks),
  /** Whose emergency numbers are not called: `all`, `none`, or regions such as `US,CA`. */
  EMERGENCY_REGIONS: env.text('all').transform(readRegions),
  /** How often accounts are read again; ms. */
  ACCOUNTS_REFRESH: env.seconds(10),
  /** What accounts may do that have no limits of their own; 0: no limit. */
  REQUESTS_PER_SECOND: env.integer({ default: 0, min: 0, max: 1_000_000 }),
  CONCURRENT_CALLS: env.integer({ default: 0, min: 0, max: 1_000_000 }),
  /** How many an account may have; 0: no limit. */
  MAX_TRUNKS: env.integer({ default: 20, min: 0, max: 1_000_000 }),
  MAX_NUMBERS: env.integer({ default: 10_000, min: 0, max: 1_000_000_000 }),
  MAX_CLIENTS: env.integer({ default: 10_000, min: 0, max: 1_000_000_000 }),
  /** Whether accounts below others take numbers themselves. */
  ACCOUNTS_TAKE_NUMBERS: env.boolean(false),
  /** How many streams of events this process serves to readers of one account, and in all. */
  STREAMS_PER_ACCOUNT: env.integer({ default: 100, min: 0, max: 1_000_000 }),
  STREAMS_MAX: env.integer({ default: 1_000, min: 0, max: 1_000_000 }),
});

export type ApiConfig = ReturnType<typeof readConfig<ReturnType<typeof readShape>>> & {
  /** The account that exists from the start. */
  firstAccount: { sid: string; email: string; token: string } | null;
};

/** Reads the environment. @throws ConfigError with every fault at once */
export function readApiConfig(from: NodeJS.ProcessEnv = process.env): ApiConfig {
  const config = readConfig(readShape(from), from);
  const { TRUNKLINE_ACCOUNT_SID: sid, TRUNKLINE_AUTH_TOKEN: token, TRUNKLINE_ACCOUNT_EMAIL: email } = config;
  const firstAccount = sid && token ? { sid: `AC${sid.slice(2).toLowerCase()}`, email, token } : null;
  return Object.freeze({ ...config, firstAccount });
}

/** A check that a variable is set when `partner` is, and what to say when it is not: half an account is none. */
function givenWith(partner: string, from: NodeJS.ProcessEnv): [(value?: string) => boolean, string] {
  const isPartnerGiven = Boolean(from[partner]?.trim());
  return [
    (value) => value !== undefined || !isPartnerGiven,
    `is not set, but ${partner} is: give both, or neither`,
  ];
}

function readRegions(text: string, context: z.RefinementCtx): readonly string[] {
  if (text === 'none') return [];
  if (text === 'all') return EMERGENCY_REGIONS;
  const regions = text.split(',').map((region) => region.trim().toUpperCase());
  const unknown = regions.find((region) => !EMERGENCY_REGIONS.includes(region));
  if (unknown === undefined) return regions;
  const message = 'must be all, none, or regions of two letters (ISO 3166-1) joined by commas, such as US,CA';
  context.addIssue({ code: 'custom', message });
  return [];
}

function readTrunks(text: string, context: z.RefinementCtx): readonly SipHost[] {
  const read = readTrunkList(text);
  if ('trunks' in read) return read.trunks;
  context.addIssue({ code: 'custom', message: read.complaint });
  return [];
}

function keyComplaint(problem: string): string {
  return `${problem}: it seals the accounts' tokens in the database. Make one with "openssl rand -hex 32", and keep it`;
}
