import { type Call, type CallRecord, isFinalStatus } from '@trunkline/contracts';

/** A row of `calls`, as the driver hands it out. */
export interface CallRow {
  sid: string;
  account_sid: string;
  parent_call_sid: string | null;
  sequence: number;
  to_address: string;
  from_address: string;
  phone_number_sid: string | null;
  status: Call['status'];
  direction: Call['direction'];
  api_version: string;
  date_created: string;
  date_updated: string;
  start_time: string | null;
  end_time: string | null;
  duration_seconds: number | null;
  /** A bigint, which the driver gives as text. */
  queue_time_ms: string | null;
  price: string | null;
  price_unit: string | null;
  answered_by: Call['answeredBy'];
  forwarded_from: string | null;
  caller_name: string | null;
  sip_code: number | null;
  sip_reason: string | null;
  q850_cause: number | null;
  hangup_side: Call['hangupSide'];
  end_reason: Call['endReason'];
  instructions: Call['instructions'];
  status_callback: Call['statusCallback'];
  ring_time: string | null;
  attempts: Call['attempts'];
  quality: Call['quality'];
  metadata: Call['metadata'];
  date_deleted: string | null;
}

/** One column as it is written: its name, its Postgres type, and its value for a record. */
export interface CallColumn {
  name: keyof CallRow | 'final';
  type: string;
  value: (record: CallRecord) => string | number | boolean | null;
}

/** Every column that is written, in the order in which values are sent. The key comes first. */
export const CALL_COLUMNS: readonly CallColumn[] = [
  { name: 'sid', type: 'text', value: ({ call }) => call.sid },
  { name: 'account_sid', type: 'text', value: ({ call }) => call.accountSid },
  { name: 'parent_call_sid', type: 'text', value: ({ call }) => call.parentCallSid },
  { name: 'sequence', type: 'integer', value: ({ sequence }) => sequence },
  { name: 'final', type: 'boolean', value: ({ call }) => isFinalStatus(call.status) },
  { name: 'to_address', type: 'text', value: ({ call }) => call.to },
  { name: 'from_address', type: 'text', value: ({ call }) => call.from },
  { name: 'phone_number_sid', type: 'text', value: ({ call }) => call.phoneNumberSid },
  { name: 'status', type: 'text', value: ({ call }) => call.status },
  { name: 'direction', type: 'text', value: ({ call }) => call.direction },
  { name: 'api_version', type: 'text', value: ({ call }) => call.apiVersion },
  { name: 'date_created', type: 'timestamptz', value: ({ call }) => call.dateCreated },
  { name: 'date_updated', type: 'timestamptz', value: ({ call }) => call.dateUpdated },
  { name: 'start_time', type: 'timestamptz', value: ({ call }) => call.startTime },
  { name: 'end_time', type: 'timestamptz', value: ({ call }) => call.endTime },
  { name: 'duration_seconds', type: 'integer', value: ({ call }) => call.durationSeconds },
  { name: 'queue_time_ms', type: 'bigint', value: ({ call }) => call.queueTimeMs },
  { name: 'price', type: 'numeric', value: ({ call }) => call.price },
  { name: 'price_unit', type: 'text', value: ({ call }) => call.priceUnit },
  { name: 'answered_by', type: 'text', value: ({ call }) => call.answeredBy },
  { name: 'forwarded_from', type: 'text', value: ({ call }) => call.forwardedFrom },
  { name: 'caller_name', type: 'text', value: ({ call }) => call.callerName },
  { name: 'sip_code', type: 'smallint', value: ({ call }) => call.sipCode },
  { name: 'sip_reason', type: 'text', value: ({ call }) => call.sipReason },
  { name: 'q850_cause', type: 'smallint', value: ({ call }) => call.q850Cause },
  { name: 'hangup_side', type: 'text', value: ({ call }) => call.hangupSide },
  { name: 'end_reason', type: 'text', value: ({ call }) => call.endReason },
  { name: 'instructions', type: 'jsonb', value: ({ call }) => JSON.stringify(call.instructions) },
  {
    name: 'status_callback',
    type: 'jsonb',
    value: ({ call }) => (call.statusCallback === null ? null : JSON.stringify(call.statusCallback)),
  },
  { name: 'ring_time', type: 'timestamptz', value: ({ call }) => call.ringTime },
  { name: 'attempts', type: 'jsonb', value: ({ call }) => JSON.stringify(call.attempts) },
  {
    name: 'quality',
    type: 'jsonb',
    value: ({ call }) => (call.quality === null ? null : JSON.stringify(call.quality)),
  },
  { name: 'metadata', type: 'jsonb', value: ({ call }) => JSON.stringify(call.metadata) },
  { name: 'date_deleted', type: 'timestamptz', value: ({ call }) => call.dateDeleted },
];

/** What a list shows of a call: not how it was asked for, which would be half of what is read. */
export type ListedCall = Omit<Call, 'instructions' | 'statusCallback'>;
export type ListedCallRow = Omit<CallRow, 'instructions' | 'status_callback'>;

const READ_COLUMNS = CALL_COLUMNS.map(({ name }) => name).filter((name) => name !== 'final');

/** The list after `select` for rows that toCallRecord reads. */
export const CALL_SELECT_LIST = READ_COLUMNS.join(', ');
/** And for those that toListedCall reads. */
export const LISTED_SELECT_LIST = READ_COLUMNS.filter(
  (name) => name !== 'instructions' && name !== 'status_callback',
).join(', ');

export function toCallRecord(row: CallRow): CallRecord {
  const { status_callback: statusCallback } = row;
  // Those of older releases know nothing of these.
  const instructions = { ...NEWER_INSTRUCTIONS, ...row.instructions };
  return { call: { ...toListedCall(row), instructions, statusCallback }, sequence: row.sequence };
}

export function toListedCall(row: ListedCallRow): ListedCall {
  return {
    sid: row.sid,
    // What came with an INVITE is for its markup; history does not keep it.
    sipHeaders: {},
    accountSid: row.account_sid,
    parentCallSid: row.parent_call_sid,
    to: row.to_address,
    from: row.from_address,
    phoneNumberSid: row.phone_number_sid,
    status: row.status,
    direction: row.direction,
    apiVersion: row.api_version,
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
    startTime: row.start_time,
    endTime: row.end_time,
    durationSeconds: row.duration_seconds,
    queueTimeMs: row.queue_time_ms === null ? null : Number(row.queue_time_ms),
    price: row.price,
    priceUnit: row.price_unit,
    answeredBy: row.answered_by,
    forwardedFrom: row.forwarded_from,
    callerName: row.caller_name,
    sipCode: row.sip_code,
    sipReason: row.sip_reason,
    q850Cause: row.q850_cause,
    hangupSide: row.hangup_side,
    endReason: row.end_reason,
    ringTime: row.ring_time,
    attempts: row.attempts.map((attempt) => ({ ...NEWER_OF_ATTEMPT, ...attempt })),
    quality: row.quality,
    metadata: row.metadata,
    dateDeleted: row.date_deleted,
  };
}

const NEWER_INSTRUCTIONS = { callee: 'any', sipHeaders: {} } as const;
const NEWER_OF_ATTEMPT = { trunkSid: null, target: null, why: '', q850Cause: null, error: null } as const;
