import type { ApiKey } from '@trunkline/store';
import { z } from 'zod';
import { type Resource, uriOf } from '../represent/resource.js';

/** A key, and its secret when it was just made. */
export interface ShownKey {
  key: ApiKey;
  secret: string | null;
}

const time = z.iso.datetime({ precision: 3 });

/** In JSON at the door of 2012. */
const keySchema = z.object({
  sid: z.string().describe('The login'),
  date_created: time,
  date_updated: time,
  friendly_name: z.string(),
  scope: z.enum(['all', 'read']).describe('`read` changes nothing'),
  secret: z.string().nullable().describe('Only in the answer that made it'),
  uri: z.string(),
});

export const keyResource: Resource<ShownKey> = {
  name: 'Key',
  list: 'Keys',
  fields: [
    { name: 'Sid', kind: 'text', value: ({ key }) => key.sid },
    { name: 'DateCreated', kind: 'time', value: ({ key }) => key.dateCreated },
    { name: 'DateUpdated', kind: 'time', value: ({ key }) => key.dateUpdated },
    { name: 'FriendlyName', kind: 'text', value: ({ key }) => key.friendlyName },
    { name: 'Scope', kind: 'text', value: ({ key }) => key.scope },
    { name: 'Secret', kind: 'text', value: ({ secret }) => secret },
    { name: 'Uri', kind: 'text', value: (shown, place) => uriOf(keyResource, shown, place) },
  ],
  path: ({ key }) => `/Keys/${key.sid}`,
  schema: keySchema,
};
