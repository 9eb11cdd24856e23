import {
  CALL_SUBJECTS,
  CALLS_STREAM,
  type CallEvent,
  type CallNote,
  callSubject,
  endCallSubject,
  isSid,
  NOTE_SUBJECTS,
  NOTES_STREAM,
  noteSubject,
} from '@trunkline/contracts';
import { BusRefusedError } from './errors.js';

/** How the things of one cluster are called on the server. */
export interface Names {
  stream: string;
  streamSubjects: string;
  eventSubject(event: CallEvent): string;
  /** Of all events of an account. @throws BusRefusedError when it is no account's Sid: it may hold a wildcard */
  accountSubjects(accountSid: string): string;
  notesStream: string;
  noteSubjects: string;
  noteSubject(note: CallNote): string;
  bucket(name: string): string;
  endCall(dialerId: string): string;
}

/** @throws BusRefusedError when the namespace cannot be part of a stream's name */
export function createNames(namespace: string): Names {
  if (!/^[\w-]*$/.test(namespace)) {
    throw new BusRefusedError(`namespace ${JSON.stringify(namespace)}: only letters, digits, - and _ fit`);
  }
  const subjectPrefix = namespace === '' ? '' : `${namespace}.`;
  const namePrefix = namespace === '' ? '' : `${namespace}_`;
  return {
    stream: namePrefix + CALLS_STREAM,
    streamSubjects: subjectPrefix + CALL_SUBJECTS,
    eventSubject: (event) => subjectPrefix + callSubject(event),
    accountSubjects: (accountSid) => subjectPrefix + accountSubjects(accountSid),
    notesStream: namePrefix + NOTES_STREAM,
    noteSubjects: subjectPrefix + NOTE_SUBJECTS,
    noteSubject: (note) => subjectPrefix + noteSubject(note),
    bucket: (name) => namePrefix + name,
    endCall: (dialerId) => subjectPrefix + endCallSubject(encodeToken(dialerId)),
  };
}

function accountSubjects(accountSid: string): string {
  if (!isSid('AC', accountSid))
    throw new BusRefusedError(`${JSON.stringify(accountSid)} is no account's Sid`);
  return CALL_SUBJECTS.replace('>', `${accountSid}.>`);
}

/**
 * An id as one token of a subject or key. Letters, digits, `-` and `_` stay; everything else, the dot that parts
 * tokens first of all, becomes `=` and its hex code.
 */
export function encodeToken(id: string): string {
  return id.replace(/[^\w-]/gu, (character) => `=${character.codePointAt(0)?.toString(16)}=`);
}
