import { z } from 'zod';
import { type Call, type CallbackEvent, type CallRecord, callSchema, isFinalStatus } from '../call.js';
import type { Charge } from '../directory/charge.js';

/**
 * One event a status, and three that change none: the INVITE left, something else about the call changed, its record was
 * deleted after it had ended.
 */
export const CALL_EVENTS = [
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'updated',
  'completed',
  'busy',
  'no-answer',
  'canceled',
  'failed',
  'deleted',
] as const;
export type CallEventName = (typeof CALL_EVENTS)[number];

/** The event's name in a CloudEvents `type`. */
const TYPE_PREFIX = 'trunkline.call.';

/**
 * What happened to a call: a CloudEvents 1.0 envelope in its JSON form, whose data is the whole call after it, so that
 * a reader needs no other event to understand this one.
 */
export const callEventSchema = z.object({
  specversion: z.literal('1.0'),
  /** Unique, and the same however often the event is published. */
  id: z.string(),
  source: z.string(),
  type: z.string().startsWith(TYPE_PREFIX),
  /** The call's Sid. */
  subject: z.string(),
  time: z.iso.datetime({ precision: 3 }),
  datacontenttype: z.literal('application/json'),
  /** Counts the call's events from 1, one by one; it jumps ahead when another dialer takes a call over. */
  sequence: z.number().int().min(1),
  data: callSchema,
});
export type CallEvent = z.infer<typeof callEventSchema>;

/** The stream of all events, in a cluster without a namespace. */
export const CALLS_STREAM = 'CALLS';

/** The subjects of the stream: `calls.<accountSid>.<event>`. */
export const CALL_SUBJECTS = 'calls.>';

export function callSubject(event: CallEvent): string {
  return `calls.${event.data.accountSid}.${eventName(event)}`;
}

export function eventName(event: CallEvent): CallEventName {
  return event.type.slice(TYPE_PREFIX.length) as CallEventName;
}

export function recordOf(event: CallEvent): CallRecord {
  return { call: event.data, sequence: event.sequence };
}

/** The first event of a call: it is accepted when this is acknowledged. */
export function openCall(call: Call, source: string): CallEvent {
  return envelope(countCallback(call, 'queued'), 1, 'queued', source);
}

/** The first event of a call that came: nobody waits in a queue for it. */
export function ringCall(call: Call, source: string): CallEvent {
  const ringing: Call = { ...call, status: 'ringing', ringTime: call.dateCreated };
  return envelope(countCallback(ringing, 'ringing'), 1, 'ringing', source);
}

/**
 * The next event of a call, with the snapshot after it. The status follows from the event's name, and with a final one
 * the end time and the duration.
 * @param changes what else is different now
 */
export function advanceCall(
  from: CallRecord,
  name: Exclude<CallEventName, 'queued' | 'deleted'>,
  changes: Partial<Call>,
  now: Date,
  source: string,
): CallEvent {
  const moved: Call = { ...from.call, ...changes, dateUpdated: now.toISOString() };
  if (name !== 'initiated' && name !== 'updated') moved.status = name;
  if (name === 'ringing') moved.ringTime ??= moved.dateUpdated;
  if (isFinalStatus(moved.status)) {
    moved.endTime = moved.dateUpdated;
    moved.durationSeconds = talkSeconds(moved);
  }
  return envelope(countCallback(moved, name), from.sequence + 1, name, source);
}

/**
 * The end of a call that never left the queue, told by whoever holds its fence. However often and by whom it is made
 * from the same record, its id is the same.
 */
export function cancelEvent(from: CallRecord, now: Date, source: string, charge: Charge): CallEvent {
  const changes = { endReason: 'cancel-requested', hangupSide: 'local', ...charge } as const;
  return advanceCall(from, 'canceled', changes, now, source);
}

/**
 * The record of a call that is over is deleted: what is left of it says nothing of who called whom. However often it is
 * made from the same record, its id is the same.
 */
export function deleteEvent({ call, sequence }: CallRecord, now: Date, source: string): CallEvent {
  const dateDeleted = now.toISOString();
  const nothing = { url: null, fallbackUrl: null, markup: null, sendDigits: null, callerId: null } as const;
  const emptied: Call = {
    ...call,
    to: '',
    from: '',
    forwardedFrom: null,
    callerName: null,
    metadata: {},
    sipHeaders: {},
    statusCallback: null,
    attempts: [],
    instructions: {
      ...call.instructions,
      ...nothing,
      sipAuth: null,
      record: null,
      machineDetection: null,
      sipHeaders: {},
    },
    dateUpdated: dateDeleted,
    dateDeleted,
  };
  return envelope(emptied, sequence + 1, 'deleted', source);
}

/** The callback event that this event is, or null when it is none (`queued`, `updated`, `deleted`). */
export function callbackEventOf(name: CallEventName): CallbackEvent | null {
  if (name === 'initiated' || name === 'ringing') return name;
  if (name === 'in-progress') return 'answered';
  return name === 'queued' || name === 'updated' || name === 'deleted' ? null : 'completed';
}

/** Whether the call's StatusCallback asks for this event. */
export function isCallbackDue(call: Call, name: CallEventName): boolean {
  const event = callbackEventOf(name);
  return event !== null && (call.statusCallback?.events.includes(event) ?? false);
}

function countCallback(call: Call, name: CallEventName): Call {
  if (!call.statusCallback || !isCallbackDue(call, name)) return call;
  return { ...call, statusCallback: { ...call.statusCallback, dueCount: call.statusCallback.dueCount + 1 } };
}

function talkSeconds(call: Call): number {
  if (call.startTime === null || call.endTime === null) return 0;
  return Math.max(0, Math.floor((Date.parse(call.endTime) - Date.parse(call.startTime)) / 1000));
}

function envelope(call: Call, sequence: number, name: CallEventName, source: string): CallEvent {
  return {
    specversion: '1.0',
    id: `${call.sid}:${sequence}`,
    source,
    type: TYPE_PREFIX + name,
    subject: call.sid,
    time: call.dateUpdated,
    datacontenttype: 'application/json',
    sequence,
    data: call,
  };
}
