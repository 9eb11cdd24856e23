import type { Notification } from '@trunkline/store';
import { z } from 'zod';
import { moreInfo, NOTIFICATION_CODES } from '../documents/error-codes.js';
import { type Field, type Resource, uriOf } from '../represent/resource.js';

/** What the original has, and is not kept here: requests and answers may hold what is nobody else's. */
const neverKept = (name: string): Field<Notification> => ({
  name,
  kind: 'text',
  value: () => null,
  notIn: ['2012-04-24', 'csv'],
});

const fields: readonly Field<Notification>[] = [
  { name: 'Sid', kind: 'text', value: ({ sid }) => sid },
  { name: 'DateCreated', kind: 'time', value: ({ time }) => time },
  { name: 'DateUpdated', kind: 'time', value: ({ time }) => time },
  { name: 'AccountSid', kind: 'text', value: ({ accountSid }) => accountSid },
  { name: 'CallSid', kind: 'text', value: ({ callSid }) => callSid },
  { name: 'ApiVersion', kind: 'text', value: (_, { door }) => door.version },
  { name: 'Log', kind: 'integer', value: ({ level }) => level },
  { name: 'ErrorCode', kind: 'integer', value: ({ code }) => code },
  { name: 'MoreInfo', kind: 'text', value: ({ code }) => explained(code), notIn: ['csv'] },
  { name: 'MessageText', kind: 'text', value: ({ message }) => message },
  { name: 'MessageDate', kind: 'time', value: ({ time }) => time },
  { name: 'RequestUrl', kind: 'text', value: ({ request }) => request?.url ?? null },
  { name: 'RequestMethod', kind: 'text', value: ({ request }) => request?.method ?? null },
  neverKept('RequestVariables'),
  neverKept('ResponseHeaders'),
  neverKept('ResponseBody'),
  { name: 'ResponseCode', kind: 'integer', value: ({ response }) => response?.status ?? null },
  { name: 'Uri', kind: 'text', value: (one, place) => uriOf(notificationResource, one, place) },
];

function explained(code: number | null): string | null {
  return code !== null && NOTIFICATION_CODES.has(code) ? moreInfo(code) : null;
}

const time = z.iso.datetime({ precision: 3 });

/** A warning or an error that the owner of a call should know of. */
export const notificationResource: Resource<Notification> = {
  name: 'Notification',
  list: 'Notifications',
  fields,
  path: ({ sid }) => `/Notifications/${sid}`,
  schema: z.object({
    sid: z.string(),
    date_created: time,
    date_updated: time,
    account_sid: z.string(),
    call_sid: z.string(),
    api_version: z.string(),
    log: z.int().describe('0 for an error, 1 for a warning'),
    error_code: z.int().nullable().describe('One of those at /docs/errors; null for a warning that has none'),
    more_info: z.string().nullable().describe('Where its code is explained, relative to the server'),
    message_text: z.string().nullable(),
    message_date: time,
    request_url: z.string().nullable().describe('Without credentials'),
    request_method: z.string().nullable(),
    response_code: z.int().nullable().describe('The HTTP status that the request was answered with'),
    uri: z.string(),
  }),
};
