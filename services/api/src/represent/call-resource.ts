import { type Attempt, ringSeconds } from '@trunkline/contracts';
import type { ListedCall } from '@trunkline/store';
import { endedCall } from './call-example.js';
import { attemptsAt2010, callJsonSchema } from './call-schema.js';
import { type Field, type Place, type Resource, uriOf } from './resource.js';
import { writeTime } from './write-time.js';

type CallField = Field<ListedCall>;

/** XML of 2012 is the specification's, to the property. */
const notInSpecification = { notIn: ['2012-04-24 xml'] } as const;
/** What the client library of 2010 wants to find, and nobody else needs. */
const onlyAt2010 = { notIn: ['2012-04-24', 'csv'] } as const;

const fields: readonly CallField[] = [
  { name: 'Sid', kind: 'text', value: ({ sid }) => sid },
  { name: 'DateCreated', kind: 'time', value: ({ dateCreated }) => dateCreated },
  { name: 'DateUpdated', kind: 'time', value: ({ dateUpdated }) => dateUpdated },
  { name: 'ParentCallSid', kind: 'text', value: ({ parentCallSid }) => parentCallSid },
  { name: 'AccountSid', kind: 'text', value: ({ accountSid }) => accountSid, ...notInSpecification },
  { name: 'To', kind: 'text', value: ({ to }) => to },
  { name: 'ToFormatted', kind: 'text', value: ({ to }) => to, ...onlyAt2010 },
  { name: 'From', kind: 'text', value: ({ from }) => from },
  { name: 'FromFormatted', kind: 'text', value: ({ from }) => from, ...onlyAt2010 },
  { name: 'PhoneNumberSid', kind: 'text', value: ({ phoneNumberSid }) => phoneNumberSid },
  { name: 'Status', kind: 'text', value: ({ status }) => status },
  { name: 'StartTime', kind: 'time', value: ({ startTime }) => startTime },
  { name: 'EndTime', kind: 'time', value: ({ endTime }) => endTime },
  { name: 'Duration', kind: 'integer', value: ({ durationSeconds }) => durationSeconds },
  { name: 'Price', kind: 'text', value: ({ price }) => price },
  { name: 'PriceUnit', kind: 'text', value: ({ priceUnit }) => priceUnit, ...notInSpecification },
  { name: 'Direction', kind: 'text', value: ({ direction }) => direction },
  { name: 'AnsweredBy', kind: 'text', value: ({ answeredBy }) => answeredBy },
  { name: 'Annotation', kind: 'text', value: () => null, ...onlyAt2010 },
  { name: 'ApiVersion', kind: 'text', value: ({ apiVersion }) => apiVersion },
  { name: 'ForwardedFrom', kind: 'text', value: ({ forwardedFrom }) => forwardedFrom },
  { name: 'GroupSid', kind: 'text', value: () => null, ...onlyAt2010 },
  { name: 'CallerName', kind: 'text', value: ({ callerName }) => callerName },
  { name: 'TrunkSid', kind: 'text', value: trunkSidOf, ...onlyAt2010 },
  { name: 'Uri', kind: 'text', value: (call, place) => uriOf(callResource, call, place) },
  { name: 'QueueTime', kind: 'integer', value: ({ queueTimeMs }) => queueTimeMs, ...notInSpecification },
  { name: 'RingDuration', kind: 'integer', value: ringSeconds, ...notInSpecification },
  { name: 'SipCode', kind: 'integer', value: ({ sipCode }) => sipCode, ...notInSpecification },
  { name: 'SipReason', kind: 'text', value: ({ sipReason }) => sipReason, ...notInSpecification },
  { name: 'Q850Cause', kind: 'integer', value: ({ q850Cause }) => q850Cause, ...notInSpecification },
  { name: 'HangupSide', kind: 'text', value: ({ hangupSide }) => hangupSide, ...notInSpecification },
  { name: 'EndReason', kind: 'text', value: ({ endReason }) => endReason, ...notInSpecification },
  { name: 'Attempts', kind: 'object', value: showAttempts },
  { name: 'Quality', kind: 'object', value: showQuality },
  { name: 'Metadata', kind: 'object', value: ({ metadata }) => metadata },
  { name: 'SubresourceUris', kind: 'object', value: showSubresources },
];

/** A call: in XML of 2012 the properties of the specification in its order, elsewhere everything that is known of it. */
export const callResource: Resource<ListedCall> = {
  name: 'Call',
  list: 'Calls',
  fields,
  path: ({ sid }) => `/Calls/${sid}`,
  schema: callJsonSchema,
  example: endedCall,
  objectsAt2010: { attempts: attemptsAt2010 },
};

function showAttempts({ attempts }: ListedCall, { door }: Place): object[] {
  const number = (value: number | null) => (value !== null && door.numbersAsText ? String(value) : value);
  return attempts.map((attempt: Attempt) => ({
    trunk: attempt.trunk,
    trunk_sid: attempt.trunkSid,
    target: attempt.target,
    why: attempt.why,
    start_time: writeTime(attempt.startedAt, door),
    end_time: attempt.endedAt && writeTime(attempt.endedAt, door),
    sip_code: number(attempt.sipCode),
    sip_reason: attempt.sipReason,
    q850_cause: number(attempt.q850Cause),
    failure: attempt.failure,
    error: attempt.error,
  }));
}

/** The trunk that the phone was reached over. */
function trunkSidOf({ attempts }: ListedCall): string | null {
  return attempts.find(({ failure }) => failure === null)?.trunkSid ?? null;
}

function showQuality({ quality }: ListedCall): object | null {
  return quality && { mos: quality.mos, loss_percent: quality.lossPercent, jitter_ms: quality.jitterMs };
}

/** A stream is of one format only. */
function showSubresources({ sid }: ListedCall, { base, extension }: Place): object {
  const below = `${base}/Calls/${sid}`;
  return {
    events: `${below}/Events${extension}`,
    recordings: `${below}/Recordings${extension}`,
    notifications: `${below}/Notifications${extension}`,
    stream: `${below}/Stream`,
  };
}
