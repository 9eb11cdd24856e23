import type { CallNote, CallStatus, EndReason, NoteKind } from '@trunkline/contracts';

/** One thing that happened to a call, or that was done for it. Times are ISO 8601 in UTC with milliseconds. */
export interface CallLogEntry {
  callSid: string;
  accountSid: string;
  /** The event's or the note's id. */
  id: string;
  time: string;
  /** `state` is an event of the call, the others are notes. */
  kind: 'state' | NoteKind;
  /** The event's name, or the note's kind. */
  name: string;
  /** The event's number, null for a note. */
  sequence: number | null;
  /** The call's status after the event. */
  status: CallStatus | null;
  reason: EndReason | null;
  sipCode: number | null;
  code: number | null;
  message: string | null;
  request: CallNote['data']['request'];
  response: CallNote['data']['response'];
}

/** A warning or an error, told to the owner of the call. */
export interface Notification {
  /** `NO` and the 32 hex digits of the note's id. */
  sid: string;
  accountSid: string;
  callSid: string;
  time: string;
  /** 0 is an error, 1 a warning. */
  level: 0 | 1;
  code: number | null;
  message: string | null;
  request: CallLogEntry['request'];
  response: CallLogEntry['response'];
}

/** The event that leaves nothing else of a call's history. */
export const DELETED_EVENT = 'deleted';

/** A row of `call_events`, as the driver hands it out. */
export interface CallEventRow {
  call_sid: string;
  id: string;
  account_sid: string;
  time: string;
  kind: CallLogEntry['kind'];
  name: string;
  sequence: number | null;
  status: CallLogEntry['status'];
  reason: CallLogEntry['reason'];
  sip_code: number | null;
  code: number | null;
  message: string | null;
  request: CallLogEntry['request'];
  response: CallLogEntry['response'];
}

/** Every column: its name, its Postgres type, and its value for an entry. */
export const CALL_EVENT_COLUMNS: readonly {
  name: keyof CallEventRow;
  type: string;
  value: (entry: CallLogEntry) => string | number | null;
}[] = [
  { name: 'call_sid', type: 'text', value: ({ callSid }) => callSid },
  { name: 'id', type: 'text', value: ({ id }) => id },
  { name: 'account_sid', type: 'text', value: ({ accountSid }) => accountSid },
  { name: 'time', type: 'timestamptz', value: ({ time }) => time },
  { name: 'kind', type: 'text', value: ({ kind }) => kind },
  { name: 'name', type: 'text', value: ({ name }) => name },
  { name: 'sequence', type: 'integer', value: ({ sequence }) => sequence },
  { name: 'status', type: 'text', value: ({ status }) => status },
  { name: 'reason', type: 'text', value: ({ reason }) => reason },
  { name: 'sip_code', type: 'smallint', value: ({ sipCode }) => sipCode },
  { name: 'code', type: 'integer', value: ({ code }) => code },
  { name: 'message', type: 'text', value: ({ message }) => message },
  { name: 'request', type: 'jsonb', value: ({ request }) => toJson(request) },
  { name: 'response', type: 'jsonb', value: ({ response }) => toJson(response) },
];

/** The list after `select` for rows that toCallLogEntry and toNotification read. */
export const CALL_EVENT_SELECT_LIST = CALL_EVENT_COLUMNS.map(({ name }) => name).join(', ');

export function toCallLogEntry(row: CallEventRow): CallLogEntry {
  return {
    callSid: row.call_sid,
    accountSid: row.account_sid,
    id: row.id,
    time: row.time,
    kind: row.kind,
    name: row.name,
    sequence: row.sequence,
    status: row.status,
    reason: row.reason,
    sipCode: row.sip_code,
    code: row.code,
    message: row.message,
    request: row.request,
    response: row.response,
  };
}

export function toNotification(row: CallEventRow): Notification {
  return {
    sid: `NO${row.id.replaceAll('-', '')}`,
    accountSid: row.account_sid,
    callSid: row.call_sid,
    time: row.time,
    level: row.kind === 'error' ? 0 : 1,
    code: row.code,
    message: row.message,
    request: row.request,
    response: row.response,
  };
}

function toJson(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
