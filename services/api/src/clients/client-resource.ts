import { type Client, clientSchema, type Location } from '@trunkline/contracts';
import { z } from 'zod';
import type { Door } from '../represent/door.js';
import { type Field, type Resource, uriOf } from '../represent/resource.js';
import { writeTime } from '../represent/write-time.js';
import { voiceFields, voiceJsonShape } from '../voice/voice-fields.js';
import { PLAIN_VOICE } from '../voice/voice-parameters.js';

/** A client, with where its devices are where that was asked. */
export interface ShownClient {
  client: Client;
  /** Those that are registered just now; null where nobody asked, or it is not known. */
  devices: Location['bindings'] | null;
}

const { shape } = clientSchema;

const device = z.object({
  contact: z.string(),
  address: z.string().describe('Where its REGISTER came from'),
  user_agent: z.string().nullable(),
  expires: z.iso.datetime({ precision: 3 }),
  dialer: z.string(),
});

/** In JSON at the door of 2012. */
const clientJsonSchema = z.object({
  sid: shape.sid,
  date_created: shape.dateCreated,
  date_updated: shape.dateUpdated,
  account_sid: shape.accountSid,
  login: shape.login,
  friendly_name: shape.friendlyName,
  status: z.int().describe('1: it may register, call and be called; 0: it may not'),
  enabled: shape.enabled,
  ...voiceJsonShape,
  registered_devices: z
    .int()
    .nullable()
    .describe('How many of its devices are registered; null in lists, and while nobody can be asked'),
  devices: z.array(device).nullable(),
  api_version: z.string(),
  uri: z.string(),
});

const EXAMPLE: ShownClient = {
  client: {
    sid: 'CL0193f2a0b1c27d3e8f4a5b6c7d8e9f09',
    accountSid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01',
    login: 'alice',
    friendlyName: 'Alice',
    enabled: true,
    passwordSealed: '',
    voice: { ...PLAIN_VOICE, url: 'https://example.com/from-alice' },
    dateCreated: '2026-11-24T10:00:00.000Z',
    dateUpdated: '2026-11-24T10:00:00.000Z',
  },
  devices: [],
};

const fields: readonly Field<ShownClient>[] = [
  { name: 'Sid', kind: 'text', value: ({ client }) => client.sid },
  { name: 'DateCreated', kind: 'time', value: ({ client }) => client.dateCreated },
  { name: 'DateUpdated', kind: 'time', value: ({ client }) => client.dateUpdated },
  { name: 'AccountSid', kind: 'text', value: ({ client }) => client.accountSid },
  { name: 'Login', kind: 'text', value: ({ client }) => client.login },
  { name: 'FriendlyName', kind: 'text', value: ({ client }) => client.friendlyName },
  { name: 'Status', kind: 'number', value: ({ client }) => Number(client.enabled) },
  { name: 'Enabled', kind: 'boolean', value: ({ client }) => client.enabled },
  ...voiceFields<ShownClient>(({ client }) => client.voice),
  { name: 'RegisteredDevices', kind: 'number', value: ({ devices }) => devices?.length ?? null },
  {
    name: 'Devices',
    kind: 'object',
    value: ({ devices }, { door }) => devices?.map((one) => showDevice(one, door)) ?? null,
  },
  { name: 'ApiVersion', kind: 'text', value: (_client, { door }) => door.version },
  { name: 'Uri', kind: 'text', value: (client, place) => uriOf(clientResource, client, place) },
];

/** A client, never with its password. */
export const clientResource: Resource<ShownClient> = {
  name: 'Client',
  list: 'Clients',
  fields,
  path: ({ client }) => `/Clients/${client.sid}`,
  schema: clientJsonSchema,
  example: EXAMPLE,
};

function showDevice(one: Location['bindings'][number], door: Door): object {
  const { protocol, host, port } = one.source;
  return {
    contact: one.contact,
    address: `${protocol} ${host.includes(':') ? `[${host}]` : host}:${port}`,
    user_agent: one.userAgent,
    expires: writeTime(one.expiresAt, door),
    dialer: one.dialerId,
  };
}
