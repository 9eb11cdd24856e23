import type { Call } from './call.js';
import { mintSid } from './ids.js';

/** What is known of a call when it is accepted. */
export type NewCall = Pick<
  Call,
  | 'accountSid'
  | 'to'
  | 'from'
  | 'direction'
  | 'apiVersion'
  | 'dateCreated'
  | 'instructions'
  | 'statusCallback'
  | 'metadata'
>;

/** A queued call with a Sid of its own; what only time will tell is null. */
export function newCall(known: NewCall): Call {
  return {
    ...known,
    sid: mintSid('CA'),
    parentCallSid: null,
    phoneNumberSid: null,
    status: 'queued',
    dateUpdated: known.dateCreated,
    startTime: null,
    endTime: null,
    durationSeconds: null,
    queueTimeMs: null,
    price: null,
    priceUnit: null,
    answeredBy: null,
    forwardedFrom: null,
    callerName: null,
    sipCode: null,
    sipReason: null,
    q850Cause: null,
    hangupSide: null,
    endReason: null,
    ringTime: null,
    attempts: [],
    quality: null,
    sipHeaders: {},
    dateDeleted: null,
  };
}
