export {
  CALL_STATUSES,
  CALLBACK_EVENTS,
  type Call,
  type CallbackEvent,
  type CallRecord,
  type CallStatus,
  type EndReason,
  type FinalStatus,
  HTTP_METHODS,
  type HttpMethod,
  isFinalStatus,
  supersedes,
} from './call.js';
export { FENCES_BUCKET, FENCES_TTL_MS, type Fence, fenceSchema } from './claims/fence.js';
export { DIALERS_BUCKET, LEASE_TTL_MS, type Lease, leaseSchema } from './claims/lease.js';
export {
  type DialogIdentifiers,
  LIVE_CALLS_BUCKET,
  type LiveCall,
  liveCallSchema,
  TAKEOVER_SEQUENCE_JUMP,
} from './claims/live-call.js';
export {
  type EndCall,
  type EndCallReply,
  endCallReplySchema,
  endCallSchema,
  endCallSubject,
} from './commands/end-call.js';
export {
  advanceCall,
  CALL_SUBJECTS,
  CALLS_STREAM,
  type CallEvent,
  type CallEventName,
  callbackEventOf,
  callEventSchema,
  callSubject,
  cancelEvent,
  eventName,
  isCallbackDue,
  openCall,
  recordOf,
} from './events/call-event.js';
export { isSid, mintSid } from './ids.js';
export { DIAL_QUEUE, type DialCall, dialCallSchema } from './jobs/dial-call.js';
export { type NewCall, newCall } from './new-call.js';
