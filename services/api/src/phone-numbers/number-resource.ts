import { type PhoneNumber, phoneNumberSchema } from '@trunkline/contracts';
import { z } from 'zod';
import { type Field, type Resource, uriOf } from '../represent/resource.js';
import { voiceFields, voiceJsonShape } from '../voice/voice-fields.js';
import { PLAIN_VOICE } from '../voice/voice-parameters.js';

const { shape } = phoneNumberSchema;

/** Of what its kin has more: nothing but voice. */
const CAPABILITIES = { voice: true, sms: false, mms: false, fax: false };

/** In JSON at the door of 2012. */
const numberJsonSchema = z.object({
  sid: shape.sid,
  date_created: shape.dateCreated,
  date_updated: shape.dateUpdated,
  account_sid: shape.accountSid,
  friendly_name: shape.friendlyName,
  phone_number: shape.phoneNumber,
  ...voiceJsonShape,
  capabilities: z.object({ voice: z.boolean(), sms: z.boolean(), mms: z.boolean(), fax: z.boolean() }),
  api_version: z.string(),
  uri: z.string(),
});

const EXAMPLE: PhoneNumber = {
  sid: 'PN0193f2a0b1c27d3e8f4a5b6c7d8e9f08',
  accountSid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01',
  phoneNumber: '+15551230001',
  friendlyName: '+15551230001',
  voice: { ...PLAIN_VOICE, url: 'https://example.com/incoming' },
  dateCreated: '2026-11-24T10:00:00.000Z',
  dateUpdated: '2026-11-24T10:00:00.000Z',
};

type NumberField = Field<PhoneNumber>;

/** What the client library of 2010 looks for, and nobody else needs. */
const at2010 = (name: string, value: string | boolean | null = null): NumberField => ({
  name,
  kind: typeof value === 'boolean' ? 'boolean' : 'text',
  value: () => value,
  notIn: ['2012-04-24', 'csv', 'xml'],
});

const fields: readonly NumberField[] = [
  { name: 'Sid', kind: 'text', value: ({ sid }) => sid },
  { name: 'DateCreated', kind: 'time', value: ({ dateCreated }) => dateCreated },
  { name: 'DateUpdated', kind: 'time', value: ({ dateUpdated }) => dateUpdated },
  { name: 'AccountSid', kind: 'text', value: ({ accountSid }) => accountSid },
  { name: 'FriendlyName', kind: 'text', value: ({ friendlyName }) => friendlyName },
  { name: 'PhoneNumber', kind: 'text', value: ({ phoneNumber }) => phoneNumber },
  ...voiceFields<PhoneNumber>(({ voice }) => voice),
  at2010('VoiceApplicationSid'),
  at2010('VoiceCallerIdLookup', false),
  at2010('VoiceReceiveMode', 'voice'),
  at2010('SmsUrl'),
  at2010('SmsMethod'),
  at2010('SmsFallbackUrl'),
  at2010('SmsFallbackMethod'),
  at2010('SmsApplicationSid'),
  at2010('AddressSid'),
  at2010('AddressRequirements', 'none'),
  at2010('IdentitySid'),
  at2010('BundleSid'),
  at2010('EmergencyStatus', 'Inactive'),
  at2010('EmergencyAddressSid'),
  at2010('EmergencyAddressStatus', 'unregistered'),
  at2010('TrunkSid'),
  at2010('Origin', 'hosted'),
  at2010('Status', 'in-use'),
  at2010('Type'),
  at2010('Beta', false),
  { name: 'Capabilities', kind: 'object', value: () => CAPABILITIES },
  { name: 'ApiVersion', kind: 'text', value: (_number, { door }) => door.version },
  { name: 'Uri', kind: 'text', value: (number, place) => uriOf(numberResource, number, place) },
];

/** A number of ours. */
export const numberResource: Resource<PhoneNumber> = {
  name: 'IncomingPhoneNumber',
  list: 'IncomingPhoneNumbers',
  fields,
  path: ({ sid }) => `/IncomingPhoneNumbers/${sid}`,
  schema: numberJsonSchema,
  example: EXAMPLE,
  objectsAt2010: { voice_caller_id_lookup: z.boolean(), beta: z.boolean() },
};
