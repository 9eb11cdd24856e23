import { z } from 'zod';
import { sidSchema } from '../ids.js';
import { currencySchema, rateSchema } from './rate.js';

export const ACCOUNT_STATUSES = ['active', 'suspended', 'closed'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** What dialers and notifiers must know of an account. */
export const directoryAccountSchema = z.object({
  kind: z.literal('account'),
  sid: sidSchema('AC'),
  parentSid: sidSchema('AC').nullable(),
  status: z.enum(ACCOUNT_STATUSES),
  currency: currencySchema,
  /** The token that signs its callbacks, sealed (see packages/directory), in base64. */
  authTokenSealed: z.string(),
});
export type DirectoryAccount = z.infer<typeof directoryAccountSchema>;

export const directoryRateSchema = z.object({ kind: z.literal('rate'), rate: rateSchema });

/** One thing that the api tells all processes, so that they need no database. */
export const directoryEntrySchema = z.discriminatedUnion('kind', [
  directoryAccountSchema,
  directoryRateSchema,
]);
export type DirectoryEntry = z.infer<typeof directoryEntrySchema>;

export const DIRECTORY_BUCKET = 'directory';

/** The key of an entry: `account.<sid>`, `rate.<accountSid>.<sid>`. */
export function directoryKey(entry: DirectoryEntry): string {
  if (entry.kind === 'account') return `account.${entry.sid}`;
  return `rate.${entry.rate.accountSid}.${entry.rate.sid}`;
}
