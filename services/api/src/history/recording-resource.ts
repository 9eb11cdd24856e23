import { z } from 'zod';
import { type Field, type Resource, uriOf } from '../represent/resource.js';

/** The audio of a call, recorded. */
export interface Recording {
  sid: string;
  accountSid: string;
  callSid: string;
  dateCreated: string;
  dateUpdated: string;
  durationSeconds: number;
  apiVersion: string;
}

const fields: readonly Field<Recording>[] = [
  { name: 'Sid', kind: 'text', value: ({ sid }) => sid },
  { name: 'DateCreated', kind: 'time', value: ({ dateCreated }) => dateCreated },
  { name: 'DateUpdated', kind: 'time', value: ({ dateUpdated }) => dateUpdated },
  { name: 'AccountSid', kind: 'text', value: ({ accountSid }) => accountSid },
  { name: 'CallSid', kind: 'text', value: ({ callSid }) => callSid },
  { name: 'Duration', kind: 'integer', value: ({ durationSeconds }) => durationSeconds },
  { name: 'ApiVersion', kind: 'text', value: ({ apiVersion }) => apiVersion },
  { name: 'Uri', kind: 'text', value: (recording, place) => uriOf(recordingResource, recording, place) },
];

const time = z.iso.datetime({ precision: 3 });

/** A recording of a call. */
export const recordingResource: Resource<Recording> = {
  name: 'Recording',
  list: 'Recordings',
  fields,
  path: ({ callSid, sid }) => `/Calls/${callSid}/Recordings/${sid}`,
  schema: z.object({
    sid: z.string(),
    date_created: time,
    date_updated: time,
    account_sid: z.string(),
    call_sid: z.string(),
    duration: z.int().describe('Seconds'),
    api_version: z.string(),
    uri: z.string(),
  }),
};
