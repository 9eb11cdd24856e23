import { z } from 'zod';
import { sidSchema } from './ids.js';

/** Every status a call can have; there are no others. */
export const CALL_STATUSES = [
  'queued',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'no-answer',
  'canceled',
  'failed',
] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];

/** The statuses that end a call: once a call has one of them it never changes again. */
const FINAL_STATUSES = ['completed', 'busy', 'no-answer', 'canceled', 'failed'] as const;
export type FinalStatus = (typeof FINAL_STATUSES)[number];

export function isFinalStatus(status: CallStatus): status is FinalStatus {
  return (FINAL_STATUSES as readonly string[]).includes(status);
}

/** The events a StatusCallback can ask for: names of the call's progress, not of its status. */
export const CALLBACK_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type CallbackEvent = (typeof CALLBACK_EVENTS)[number];

/**
 * Why a call ended, in one word: finer than the status, and kept with it.
 * `hangup` the callee hung up; `script-ended` the markup ran out or said Hangup; `end-requested` the API ended an
 * answered call; `time-limit` the talk took as long as it may; `cancel-requested` the API ended it before an answer;
 * `trunk-failed` 5xx or no reply from every trunk; `dialer-lost` the process that held the call died; `drained` it was
 * stopped before the call was over; `no-trunk` the account has none; `trunks-full` all are at their limits;
 * `not-registered` no device of the client called is registered; `caller-gone` the caller hung up before the answer;
 * `script-rejected` the markup said Reject; `session-expired` the far end let the session timer run out (RFC 4028);
 * `answered-elsewhere`, of an attempt alone, another device of the client took the call.
 */
export const END_REASONS = [
  'hangup',
  'script-ended',
  'end-requested',
  'time-limit',
  'cancel-requested',
  'ring-timeout',
  'busy',
  'declined',
  'unavailable',
  'unknown-number',
  'rejected',
  'unauthorized',
  'trunk-failed',
  'unreachable',
  'media-failed',
  'script-failed',
  'connection-lost',
  'dialer-lost',
  'drained',
  'expired',
  'no-trunk',
  'trunks-full',
  'not-registered',
  'caller-gone',
  'script-rejected',
  'session-expired',
  'answered-elsewhere',
] as const;
export type EndReason = (typeof END_REASONS)[number];

export const HTTP_METHODS = ['GET', 'POST'] as const;

const isoTime = z.iso.datetime({ precision: 3 });

/** Where the call reports its progress. */
const statusCallbackSchema = z.object({
  url: z.string(),
  method: z.enum(HTTP_METHODS),
  events: z.array(z.enum(CALLBACK_EVENTS)),
  /** Callbacks due so far for this call, that of the event which carries this snapshot included. */
  dueCount: z.number().int().min(0),
});

/** Whom or what answered: a person, a machine (from its first word, its beep, its silence, or otherwise), a fax. */
export const ANSWERED_BY = [
  'human',
  'machine_start',
  'machine_end_beep',
  'machine_end_silence',
  'machine_end_other',
  'fax',
  'unknown',
] as const;

/** How to find out whether a machine answered. Times in ms. */
const machineDetectionSchema = z.object({
  mode: z.enum(['Enable', 'DetectMessageEnd']),
  timeoutMs: z.number().int(),
  speechThresholdMs: z.number().int(),
  speechEndThresholdMs: z.number().int(),
  silenceTimeoutMs: z.number().int(),
  /** The markup begins at once, and the result is told to this URL. */
  async: z.boolean(),
  callbackUrl: z.string().nullable(),
  callbackMethod: z.enum(HTTP_METHODS),
});

/** How to record the call. */
const recordingInstructionsSchema = z.object({
  channels: z.enum(['mono', 'dual']),
  track: z.enum(['inbound', 'outbound', 'both']),
  trim: z.enum(['trim-silence', 'do-not-trim']),
  callbackUrl: z.string().nullable(),
  callbackMethod: z.enum(HTTP_METHODS),
  callbackEvents: z.array(z.enum(['in-progress', 'completed', 'absent'])),
});

/** What to do when the call is answered, and how long to let it ring. */
const instructionsSchema = z.object({
  /** Where the markup is; null when it came with the request. */
  url: z.string().nullable(),
  method: z.enum(HTTP_METHODS),
  fallbackUrl: z.string().nullable(),
  fallbackMethod: z.enum(HTTP_METHODS),
  ringTimeoutSeconds: z.number().int().min(1),
  /** The markup itself, when there is no `url`. */
  markup: z.string().nullable().default(null),
  /** Keys to press once the call is answered: `0-9`, `*`, `#`, `A-D`, and `w` for half a second. */
  sendDigits: z.string().nullable().default(null),
  /** The longest talk. */
  timeLimitSeconds: z.number().int().min(1).nullable().default(null),
  /** The number to show in place of `from`. */
  callerId: z.string().nullable().default(null),
  /** What a trunk that asks is told in place of its own credentials. The password is sealed (see packages/directory). */
  sipAuth: z.object({ username: z.string(), passwordSealed: z.string() }).nullable().default(null),
  record: recordingInstructionsSchema.nullable().default(null),
  machineDetection: machineDetectionSchema.nullable().default(null),
  /** `client`: `to` is a client's login; `any`: a number, or a name: a client's, if there is one, or a trunk's. */
  callee: z.enum(['any', 'client']).default('any'),
  /** Headers for the INVITE, by name; names begin with `X-`. */
  sipHeaders: z.record(z.string(), z.string()).default({}),
});

/** One INVITE on the way to the phone: over which trunk, and what came of it. */
const attemptSchema = z.object({
  /** Its name; for a client's device, where it is. */
  trunk: z.string(),
  /** Null for a device of a client. */
  trunkSid: sidSchema('TK').nullable().default(null),
  /** Where the INVITE went: `UDP 192.0.2.1:5060`. */
  target: z.string().nullable().default(null),
  /** Why this one was chosen, and why those before it were not, in a sentence. */
  why: z.string().default(''),
  startedAt: isoTime,
  endedAt: isoTime.nullable(),
  sipCode: z.number().int().min(100).max(699).nullable(),
  sipReason: z.string().nullable(),
  /** From a Reason header (RFC 3326), when one was given. */
  q850Cause: z.number().int().min(0).max(127).nullable().default(null),
  /** Why it was not the one that reached the phone; null for the one that did, and for one under way. */
  failure: z.enum(END_REASONS).nullable(),
  /** Of one that nobody answered: why, in a few words, such as `connection refused`. */
  error: z.string().nullable().default(null),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** How the audio was, over the whole call. */
const qualitySchema = z.object({
  /** Mean opinion score, estimated, 1 to 4.5 (ITU-T G.107). */
  mos: z.number(),
  lossPercent: z.number(),
  jitterMs: z.number(),
});

export const MAX_METADATA_PAIRS = 20;
export const MAX_METADATA_KEY_LENGTH = 64;
export const MAX_METADATA_VALUE_LENGTH = 512;

/** A call as it stands at one moment. Times are ISO 8601 in UTC with milliseconds; an unknown value is null. */
export const callSchema = z.object({
  sid: sidSchema('CA'),
  accountSid: sidSchema('AC'),
  parentCallSid: sidSchema('CA').nullable(),
  to: z.string(),
  from: z.string(),
  phoneNumberSid: sidSchema('PN').nullable(),
  status: z.enum(CALL_STATUSES),
  direction: z.enum(['inbound', 'outbound-api', 'outbound-dial']),
  apiVersion: z.string(),
  /** Acceptance. */
  dateCreated: isoTime,
  dateUpdated: isoTime,
  /** Answer. */
  startTime: isoTime.nullable(),
  /** Set with every final status. */
  endTime: isoTime.nullable(),
  /** Whole seconds from answer to end, rounded down; 0 for a call that ended unanswered. */
  durationSeconds: z.number().int().min(0).nullable(),
  /** From acceptance to the first INVITE. */
  queueTimeMs: z.number().int().min(0).nullable(),
  /** A decimal number, since money is never a float. */
  price: z.string().nullable(),
  priceUnit: z.string().nullable(),
  answeredBy: z.enum(ANSWERED_BY).nullable(),
  forwardedFrom: z.string().nullable(),
  callerName: z.string().nullable(),
  /** The last SIP status code that decided the call's state, and its reason phrase (RFC 3261 §21). */
  sipCode: z.number().int().min(100).max(699).nullable(),
  sipReason: z.string().nullable(),
  /** From a Reason header (RFC 3326), when one was given. */
  q850Cause: z.number().int().min(0).max(127).nullable(),
  /** `local` is Trunkline (its script, its API, its timers), `remote` the far end. */
  hangupSide: z.enum(['local', 'remote']).nullable(),
  endReason: z.enum(END_REASONS).nullable(),
  instructions: instructionsSchema,
  statusCallback: statusCallbackSchema.nullable(),
  /** When the phone first rang (180 or 183). */
  ringTime: isoTime.nullable().default(null),
  /** The INVITEs that were sent, in their order. */
  attempts: z.array(attemptSchema).default([]),
  quality: qualitySchema.nullable().default(null),
  /** What the client wants to find the call by: given back with every answer, callback and event. */
  metadata: z.record(z.string(), z.string()).default({}),
  /** The `X-` headers of an INVITE that came, by name as written. */
  sipHeaders: z.record(z.string(), z.string()).default({}),
  /** When the record was deleted: what is left then is a call without addresses, urls and metadata. */
  dateDeleted: isoTime.nullable().default(null),
});
export type Call = z.infer<typeof callSchema>;

/** A call with the number of the event that brought it to this state: the first, `queued`, has number 1. */
export const callRecordSchema = z.object({ call: callSchema, sequence: z.number().int().min(1) });
export type CallRecord = z.infer<typeof callRecordSchema>;

type Times = Pick<Call, 'ringTime' | 'startTime' | 'endTime'>;

/** Whole seconds that the phone rang, to the answer or the end; null when it never did, or still does. */
export function ringSeconds({ ringTime, startTime, endTime }: Times): number | null {
  const until = startTime ?? endTime;
  if (ringTime === null || until === null) return null;
  return Math.max(0, Math.floor((Date.parse(until) - Date.parse(ringTime)) / 1000));
}

/**
 * Whether `next` replaces `current` in any copy of the call, whatever order they arrive in: the highest sequence wins,
 * a final status never changes, and what is deleted stays so.
 */
export function supersedes(next: CallRecord, current: CallRecord): boolean {
  if (current.call.dateDeleted !== null) return false;
  if (next.call.dateDeleted !== null) return true;
  if (isFinalStatus(current.call.status)) return false;
  return isFinalStatus(next.call.status) || next.sequence > current.sequence;
}
