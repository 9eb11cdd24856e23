import { type Trunk, trunkSchema } from '@trunkline/contracts';
import { z } from 'zod';
import { type Field, type Resource, uriOf } from '../represent/resource.js';
import { isRegistered, type ShownTrunk, stateOf } from './trunk-health.js';
import { PLAIN_TRUNK } from './trunk-settings.js';

const { shape } = trunkSchema;

const health = z.object({
  dialer: z.string(),
  state: z.enum(['up', 'down', 'suspended', 'unknown']),
  registered: z.boolean().nullable(),
  reason: z.string().nullable(),
});

/** In JSON at the door of 2012. */
const trunkJsonSchema = z.object({
  sid: shape.sid,
  date_created: shape.dateCreated,
  date_updated: shape.dateUpdated,
  account_sid: shape.accountSid,
  friendly_name: shape.name.describe('As it stands in the attempts of calls'),
  enabled: shape.enabled,
  host: shape.host,
  port: shape.port.describe('Null: as DNS says'),
  transport: shape.transport.describe('Null: as DNS says'),
  outbound_proxy: shape.outboundProxy,
  priority: shape.priority.describe('The lowest is tried first'),
  weight: shape.weight,
  number_format: shape.numberFormat,
  strip_digits: shape.stripDigits,
  number_prefix: shape.numberPrefix,
  caller_id_header: shape.callerIdHeader,
  hide_caller_id: shape.hideCallerId,
  from_domain: shape.fromDomain,
  max_channels: shape.maxChannels.describe('Null: no limit'),
  max_calls_per_second: shape.maxCallsPerSecond.describe('Null: no limit'),
  options_interval: shape.optionsIntervalSeconds.describe('Seconds; 0: never'),
  follow_redirects: shape.followRedirects,
  reliable_provisionals: shape.reliableProvisionals,
  session_expires: shape.sessionExpiresSeconds.describe('Seconds; null: none'),
  allow_refer: shape.allowRefer,
  register: shape.register,
  register_expires: shape.registerExpiresSeconds,
  username: shape.username,
  has_password: z.boolean().describe('The password itself is never shown'),
  public_address: shape.publicAddress,
  inbound_addresses: shape.inboundAddresses,
  from_environment: z.boolean().describe('It is from TRUNKS, and changed there'),
  state: z
    .enum(['up', 'down', 'suspended', 'unknown', 'disabled'])
    .describe('The best that any dialer says of it'),
  registered: z.boolean().nullable().describe('Null: it is not to be, or nobody knows'),
  health: z.array(health).describe('How it looks from each dialer'),
  uri: z.string(),
});

const EXAMPLE: ShownTrunk = {
  trunk: {
    ...PLAIN_TRUNK,
    sid: 'TK0193f2a0b1c27d3e8f4a5b6c7d8e9f07',
    accountSid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01',
    name: 'Carrier A',
    host: 'sip.carrier.example',
    port: 5061,
    transport: 'tls',
    register: true,
    username: 'trunkline',
    passwordSealed: '',
    environmentPlace: null,
    dateCreated: '2026-11-24T10:00:00.000Z',
    dateUpdated: '2026-11-24T10:00:00.000Z',
  },
  health: [{ dialer: 'dialer-0', state: 'up', registered: true, reason: null }],
};

type TrunkField = Field<ShownTrunk>;

function plain(name: string, kind: TrunkField['kind'], property: keyof Trunk): TrunkField {
  return { name, kind, value: ({ trunk }) => trunk[property] };
}

const fields: readonly TrunkField[] = [
  plain('Sid', 'text', 'sid'),
  plain('DateCreated', 'time', 'dateCreated'),
  plain('DateUpdated', 'time', 'dateUpdated'),
  plain('AccountSid', 'text', 'accountSid'),
  plain('FriendlyName', 'text', 'name'),
  plain('Enabled', 'boolean', 'enabled'),
  plain('Host', 'text', 'host'),
  plain('Port', 'number', 'port'),
  plain('Transport', 'text', 'transport'),
  plain('OutboundProxy', 'text', 'outboundProxy'),
  plain('Priority', 'number', 'priority'),
  plain('Weight', 'number', 'weight'),
  plain('NumberFormat', 'text', 'numberFormat'),
  plain('StripDigits', 'number', 'stripDigits'),
  plain('NumberPrefix', 'text', 'numberPrefix'),
  plain('CallerIdHeader', 'text', 'callerIdHeader'),
  plain('HideCallerId', 'boolean', 'hideCallerId'),
  plain('FromDomain', 'text', 'fromDomain'),
  plain('MaxChannels', 'number', 'maxChannels'),
  plain('MaxCallsPerSecond', 'number', 'maxCallsPerSecond'),
  plain('OptionsInterval', 'number', 'optionsIntervalSeconds'),
  plain('FollowRedirects', 'boolean', 'followRedirects'),
  plain('ReliableProvisionals', 'text', 'reliableProvisionals'),
  plain('SessionExpires', 'number', 'sessionExpiresSeconds'),
  plain('AllowRefer', 'boolean', 'allowRefer'),
  plain('Register', 'boolean', 'register'),
  plain('RegisterExpires', 'number', 'registerExpiresSeconds'),
  plain('Username', 'text', 'username'),
  { name: 'HasPassword', kind: 'boolean', value: ({ trunk }) => trunk.passwordSealed !== null },
  plain('PublicAddress', 'text', 'publicAddress'),
  {
    name: 'InboundAddresses',
    kind: 'text',
    notIn: ['json'],
    value: ({ trunk }) => trunk.inboundAddresses.join(','),
  },
  plain('InboundAddresses', 'object', 'inboundAddresses'),
  { name: 'FromEnvironment', kind: 'boolean', value: ({ trunk }) => trunk.environmentPlace !== null },
  { name: 'State', kind: 'text', value: stateOf },
  { name: 'Registered', kind: 'boolean', value: isRegistered },
  { name: 'Health', kind: 'object', value: ({ health }) => health.map(showHealth) },
  { name: 'Uri', kind: 'text', value: (trunk, place) => uriOf(trunkResource, trunk, place) },
];

/** A trunk, never with its password. */
export const trunkResource: Resource<ShownTrunk> = {
  name: 'Trunk',
  list: 'Trunks',
  fields,
  path: ({ trunk }) => `/Trunks/${trunk.sid}`,
  schema: trunkJsonSchema,
  example: EXAMPLE,
};

function showHealth({ dialer, state, registered, reason }: ShownTrunk['health'][number]): object {
  return { dialer, state, registered, reason };
}
