import { ACCOUNT_STATUSES } from '@trunkline/contracts';
import type { Account } from '@trunkline/store';
import { z } from 'zod';
import { type Place, type Resource, uriOf } from '../represent/resource.js';

/** An account as one caller sees it. */
export interface ShownAccount {
  account: Account;
  /** Null for who may not see it. */
  token: string | null;
}

const time = z.iso.datetime({ precision: 3 });

/** In JSON at the door of 2012. */
const accountSchema = z.object({
  sid: z.string(),
  date_created: time,
  date_updated: time,
  friendly_name: z.string(),
  email: z.string().nullable().describe('Logs in like the Sid'),
  type: z.literal('Full'),
  status: z.enum(ACCOUNT_STATUSES),
  owner_account_sid: z.string().describe('The account above it, or itself'),
  auth_token: z
    .string()
    .nullable()
    .describe('For the primary token of the account, or of one above it; null for others'),
  currency: z.string().describe('ISO 4217'),
  requests_per_second: z.number().nullable().describe('0: no limit; null: the default of the installation'),
  concurrent_calls: z.number().nullable().describe('Likewise'),
  uri: z.string(),
  subresource_uris: z.record(z.string(), z.string()),
});

export const accountResource: Resource<ShownAccount> = {
  name: 'Account',
  list: 'Accounts',
  fields: [
    { name: 'Sid', kind: 'text', value: ({ account }) => account.sid },
    { name: 'DateCreated', kind: 'time', value: ({ account }) => account.dateCreated },
    { name: 'DateUpdated', kind: 'time', value: ({ account }) => account.dateUpdated },
    { name: 'FriendlyName', kind: 'text', value: ({ account }) => account.friendlyName },
    { name: 'Email', kind: 'text', value: ({ account }) => account.email || null },
    { name: 'Type', kind: 'text', value: () => 'Full' },
    { name: 'Status', kind: 'text', value: ({ account }) => account.status },
    { name: 'OwnerAccountSid', kind: 'text', value: ({ account }) => account.parentSid ?? account.sid },
    { name: 'AuthToken', kind: 'text', value: ({ token }) => token },
    { name: 'Currency', kind: 'text', value: ({ account }) => account.currency },
    { name: 'RequestsPerSecond', kind: 'number', value: ({ account }) => account.requestsPerSecond },
    { name: 'ConcurrentCalls', kind: 'number', value: ({ account }) => account.concurrentCalls },
    { name: 'Uri', kind: 'text', value: (shown, place) => uriOf(accountResource, shown, place) },
    { name: 'SubresourceUris', kind: 'object', value: showSubresources },
  ],
  path: ({ account }) => `/Accounts/${account.sid}`,
  schema: accountSchema,
};

function showSubresources({ account }: ShownAccount, { base, extension }: Place): object {
  const below = `${base}/Accounts/${account.sid}`;
  const names = ['Calls', 'Notifications', 'Keys', 'Rates'];
  return Object.fromEntries(names.map((name) => [name.toLowerCase(), `${below}/${name}${extension}`]));
}
