export {
  ANSWERED_BY,
  type Attempt,
  CALL_STATUSES,
  CALLBACK_EVENTS,
  type Call,
  type CallbackEvent,
  type CallRecord,
  type CallStatus,
  END_REASONS,
  type EndReason,
  type FinalStatus,
  HTTP_METHODS,
  isFinalStatus,
  MAX_METADATA_KEY_LENGTH,
  MAX_METADATA_PAIRS,
  MAX_METADATA_VALUE_LENGTH,
  ringSeconds,
  supersedes,
} from './call.js';
export {
  CREATE_KEYS_BUCKET,
  CREATE_KEYS_TTL_MS,
  type CreateKey,
  createKeySchema,
} from './claims/create-key.js';
export { FENCES_BUCKET, FENCES_TTL_MS, type Fence, fenceSchema } from './claims/fence.js';
export { DIALERS_BUCKET, LEASE_TTL_MS, type Lease, leaseSchema, type TrunkHealth } from './claims/lease.js';
export {
  type DialogIdentifiers,
  LIVE_CALLS_BUCKET,
  type LiveCall,
  liveCallSchema,
  TAKEOVER_SEQUENCE_JUMP,
} from './claims/live-call.js';
export {
  type Binding,
  HOLD_TTL_MS,
  HOLDS_BUCKET,
  type Hold,
  holdSchema,
  LOCATIONS_BUCKET,
  LOCATIONS_TTL_MS,
  type Location,
  locationSchema,
} from './claims/location.js';
export {
  type EndCall,
  type EndCallReply,
  endCallReplySchema,
  endCallSchema,
  endCallSubject,
} from './commands/end-call.js';
export { type Charge, chargeOf, noCharge } from './directory/charge.js';
export { type Client, clientSchema } from './directory/client.js';
export {
  ACCOUNT_STATUSES,
  type AccountStatus,
  DIRECTORY_BUCKET,
  type DirectoryAccount,
  type DirectoryEntry,
  directoryEntrySchema,
  directoryKey,
} from './directory/directory-entry.js';
export { type PhoneNumber, phoneNumberSchema, type Voice, voiceSchema } from './directory/phone-number.js';
export { currencySchema, type Rate, rateSchema } from './directory/rate.js';
export {
  CALLER_ID_HEADERS,
  NUMBER_FORMATS,
  RELIABLE_PROVISIONALS,
  TRUNK_TRANSPORTS,
  type Trunk,
  trunkSchema,
} from './directory/trunk.js';
export {
  advanceCall,
  CALL_EVENTS,
  CALL_SUBJECTS,
  CALLS_STREAM,
  type CallEvent,
  type CallEventName,
  callbackEventOf,
  callEventSchema,
  callSubject,
  cancelEvent,
  deleteEvent,
  eventName,
  isCallbackDue,
  openCall,
  recordOf,
  ringCall,
} from './events/call-event.js';
export { isSid, mintSid, type SidPrefix } from './ids.js';
export { DIAL_QUEUE, type DialCall, dialCallSchema } from './jobs/dial-call.js';
export { type NewCall, newCall } from './new-call.js';
export {
  type CallNote,
  callNoteSchema,
  createNote,
  NOTE_KINDS,
  NOTE_SUBJECTS,
  NOTES_STREAM,
  type NoteContent,
  type NoteKind,
  noteKind,
  noteSubject,
} from './notes/call-note.js';
