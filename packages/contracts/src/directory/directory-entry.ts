import { z } from 'zod';
import { sidSchema } from '../ids.js';
import { clientSchema } from './client.js';
import { phoneNumberSchema } from './phone-number.js';
import { currencySchema, rateSchema } from './rate.js';
import { trunkSchema } from './trunk.js';

export const ACCOUNT_STATUSES = ['active', 'suspended', 'closed'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** What dialers and notifiers must know of an account. */
const directoryAccountSchema = z.object({
  kind: z.literal('account'),
  sid: sidSchema('AC'),
  parentSid: sidSchema('AC').nullable(),
  status: z.enum(ACCOUNT_STATUSES),
  currency: currencySchema,
  /** The token that signs its callbacks, sealed (see packages/directory), in base64. */
  authTokenSealed: z.string(),
});
export type DirectoryAccount = z.infer<typeof directoryAccountSchema>;

const directoryRateSchema = z.object({ kind: z.literal('rate'), rate: rateSchema });

/** One thing that the api tells all processes, so that they need no database. */
export const directoryEntrySchema = z.discriminatedUnion('kind', [
  directoryAccountSchema,
  directoryRateSchema,
  z.object({ kind: z.literal('trunk'), trunk: trunkSchema }),
  z.object({ kind: z.literal('number'), number: phoneNumberSchema }),
  z.object({ kind: z.literal('client'), client: clientSchema }),
]);
export type DirectoryEntry = z.infer<typeof directoryEntrySchema>;

export const DIRECTORY_BUCKET = 'directory';

/** The key of an entry: `account.<sid>`, and for all others `<kind>.<accountSid>.<sid>`. */
export function directoryKey(entry: DirectoryEntry): string {
  if (entry.kind === 'account') return `account.${entry.sid}`;
  const { accountSid, sid } = contentOf(entry);
  return `${entry.kind}.${accountSid}.${sid}`;
}

function contentOf(entry: Exclude<DirectoryEntry, DirectoryAccount>): { accountSid: string; sid: string } {
  switch (entry.kind) {
    case 'rate':
      return entry.rate;
    case 'trunk':
      return entry.trunk;
    case 'number':
      return entry.number;
    case 'client':
      return entry.client;
  }
}
