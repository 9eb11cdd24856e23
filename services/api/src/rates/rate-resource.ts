import { type Rate, rateSchema } from '@trunkline/contracts';
import { z } from 'zod';
import { type Resource, uriOf } from '../represent/resource.js';

const { shape } = rateSchema;

/** In JSON at the door of 2012. */
const rateJsonSchema = z.object({
  sid: shape.sid,
  date_created: shape.dateCreated,
  date_updated: shape.dateUpdated,
  account_sid: shape.accountSid,
  direction: shape.direction,
  prefix: shape.prefix.describe('Digits; the longest prefix of a number wins. Empty: every number and name'),
  description: shape.description,
  currency: shape.currency,
  connection_fee: shape.connectionFee.describe('For each completed call'),
  price_per_minute: shape.pricePerMinute,
  increment_seconds: shape.incrementSeconds.describe('Talk is charged in steps of so many seconds'),
  uri: z.string(),
});

const EXAMPLE: Rate = {
  sid: 'RT0193f2a0b1c27d3e8f4a5b6c7d8e9f05',
  accountSid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01',
  direction: 'outbound',
  prefix: '44',
  description: 'United Kingdom',
  currency: 'USD',
  connectionFee: '0',
  pricePerMinute: '0.0125',
  incrementSeconds: 60,
  dateCreated: '2026-11-24T10:00:00.000Z',
  dateUpdated: '2026-11-24T10:00:00.000Z',
};

export const rateResource: Resource<Rate> = {
  name: 'Rate',
  list: 'Rates',
  fields: [
    { name: 'Sid', kind: 'text', value: ({ sid }) => sid },
    { name: 'DateCreated', kind: 'time', value: ({ dateCreated }) => dateCreated },
    { name: 'DateUpdated', kind: 'time', value: ({ dateUpdated }) => dateUpdated },
    { name: 'AccountSid', kind: 'text', value: ({ accountSid }) => accountSid },
    { name: 'Direction', kind: 'text', value: ({ direction }) => direction },
    { name: 'Prefix', kind: 'text', value: ({ prefix }) => prefix },
    { name: 'Description', kind: 'text', value: ({ description }) => description },
    { name: 'Currency', kind: 'text', value: ({ currency }) => currency },
    { name: 'ConnectionFee', kind: 'text', value: ({ connectionFee }) => connectionFee },
    { name: 'PricePerMinute', kind: 'text', value: ({ pricePerMinute }) => pricePerMinute },
    { name: 'IncrementSeconds', kind: 'number', value: ({ incrementSeconds }) => incrementSeconds },
    { name: 'Uri', kind: 'text', value: (rate, place) => uriOf(rateResource, rate, place) },
  ],
  path: ({ sid }) => `/Rates/${sid}`,
  schema: rateJsonSchema,
  example: EXAMPLE,
};
