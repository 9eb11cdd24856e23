import { CALL_STATUSES, END_REASONS } from '@trunkline/contracts';
import type { CallLogEntry } from '@trunkline/store';
import { z } from 'zod';
import type { Field, Resource } from '../represent/resource.js';

/** JSON has these in the objects `request` and `response`. */
const notInJson = { notIn: ['json'] } as const;

const fields: readonly Field<CallLogEntry>[] = [
  { name: 'Time', kind: 'time', value: ({ time }) => time },
  { name: 'Name', kind: 'text', value: ({ name }) => name },
  { name: 'CallSid', kind: 'text', value: ({ callSid }) => callSid },
  { name: 'Sequence', kind: 'integer', value: ({ sequence }) => sequence },
  { name: 'Status', kind: 'text', value: ({ status }) => status },
  { name: 'Reason', kind: 'text', value: ({ reason }) => reason },
  { name: 'SipCode', kind: 'integer', value: ({ sipCode }) => sipCode },
  { name: 'Code', kind: 'integer', value: ({ code }) => code },
  { name: 'Message', kind: 'text', value: ({ message }) => message },
  { name: 'RequestMethod', kind: 'text', value: ({ request }) => request?.method ?? null, ...notInJson },
  { name: 'RequestUrl', kind: 'text', value: ({ request }) => request?.url ?? null, ...notInJson },
  { name: 'CallbackEvent', kind: 'text', value: ({ request }) => request?.event ?? null, ...notInJson },
  { name: 'Attempt', kind: 'integer', value: ({ request }) => request?.attempt ?? null, ...notInJson },
  { name: 'ResponseCode', kind: 'integer', value: ({ response }) => response?.status ?? null, ...notInJson },
  {
    name: 'RequestDuration',
    kind: 'integer',
    value: ({ response }) => response?.durationMs ?? null,
    ...notInJson,
  },
  { name: 'Error', kind: 'text', value: ({ response }) => response?.error ?? null, ...notInJson },
  { name: 'Request', kind: 'object', value: ({ request }) => request },
  { name: 'Response', kind: 'object', value: showResponse },
];

const schema = z.object({
  time: z.iso.datetime({ precision: 3 }),
  name: z
    .string()
    .describe('The name of the event: queued, ringing …; or markup-request, callback, warning, error'),
  call_sid: z.string(),
  sequence: z.int().nullable().describe("The number of a state among the call's, from 1"),
  status: z.enum(CALL_STATUSES).nullable().describe('After it'),
  reason: z.enum(END_REASONS).nullable().describe('Why the call ended'),
  sip_code: z.int().nullable(),
  code: z.int().nullable().describe('Of a warning or an error'),
  message: z.string().nullable(),
  request: z
    .object({
      method: z.string(),
      url: z.string().describe('Without credentials'),
      event: z.string().nullable().describe('Which event a callback told'),
      attempt: z.int().describe('From 1'),
    })
    .nullable()
    .describe("A request to the customer's server"),
  response: z
    .object({
      response_code: z.int().nullable().describe('HTTP status; null when there was no answer'),
      request_duration: z.int().describe('Milliseconds'),
      error: z.string().nullable(),
    })
    .nullable(),
});

/** One thing that happened to a call, or that was done for it. */
export const eventResource: Resource<CallLogEntry> = {
  name: 'Event',
  list: 'Events',
  fields,
  path: ({ callSid }) => `/Calls/${callSid}/Events`,
  schema,
};

function showResponse({ response }: CallLogEntry): object | null {
  return (
    response && {
      response_code: response.status,
      request_duration: response.durationMs,
      error: response.error,
    }
  );
}
