import { type CallEvent, type CallNote, eventName, noteKind } from '@trunkline/contracts';
import type { CallLogEntry } from '@trunkline/store';

/** An event as a line of its call's history: what it says of the whole call is in the call's own row. */
export function entryOfEvent(event: CallEvent): CallLogEntry {
  const { data: call, id, time, sequence } = event;
  return {
    callSid: call.sid,
    accountSid: call.accountSid,
    id,
    time,
    kind: 'state',
    name: eventName(event),
    sequence,
    status: call.status,
    reason: call.endReason,
    sipCode: call.sipCode,
    code: null,
    message: null,
    request: null,
    response: null,
  };
}

/** A note as a line of its call's history. */
export function entryOfNote(note: CallNote): CallLogEntry {
  const { accountSid, callSid, code, message, request, response } = note.data;
  const kind = noteKind(note);
  return {
    callSid,
    accountSid,
    id: note.id,
    time: note.time,
    kind,
    name: kind,
    sequence: null,
    status: null,
    reason: null,
    sipCode: null,
    code,
    message,
    request,
    response,
  };
}

/** Whether a notification's Sid can be made of the note's id. */
export function isNoteId(id: string): boolean {
  return UUID.test(id);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
