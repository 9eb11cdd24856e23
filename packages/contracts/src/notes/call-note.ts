import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { HTTP_METHODS } from '../call.js';
import { sidSchema } from '../ids.js';

/** What is told of a call beside its states: a request to the customer's server, or something its owner should know. */
export const NOTE_KINDS = ['markup-request', 'callback', 'warning', 'error'] as const;
export type NoteKind = (typeof NOTE_KINDS)[number];

/** The name of a note in a CloudEvents `type`. */
const TYPE_PREFIX = 'trunkline.note.';

const noteDataSchema = z.object({
  accountSid: sidSchema('AC'),
  callSid: sidSchema('CA'),
  /** A number of the original's list: 11200 an HTTP request failed, 12100 markup cannot be read, and so on. */
  code: z.number().int().nullable(),
  message: z.string().nullable(),
  /** The URL is without credentials. */
  request: z
    .object({
      method: z.enum(HTTP_METHODS),
      url: z.string(),
      /** The callback's event, when it is one. */
      event: z.string().nullable(),
      /** From 1. */
      attempt: z.number().int().min(1),
    })
    .nullable(),
  response: z
    .object({
      /** The HTTP status; null when there was no answer. */
      status: z.number().int().nullable(),
      durationMs: z.number().int().min(0),
      error: z.string().nullable(),
    })
    .nullable(),
});

/** A note, as it travels: a CloudEvents 1.0 envelope in its JSON form. Notes may be lost; a call's events are not. */
export const callNoteSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string().refine((type) => NOTE_KINDS.some((kind) => type === TYPE_PREFIX + kind)),
  /** The call's Sid. */
  subject: z.string(),
  time: z.iso.datetime({ precision: 3 }),
  datacontenttype: z.literal('application/json'),
  data: noteDataSchema,
});
export type CallNote = z.infer<typeof callNoteSchema>;

/** What whoever writes a note knows; what does not apply is left out. */
export type NoteContent = Pick<CallNote['data'], 'accountSid' | 'callSid'> & Partial<CallNote['data']>;

export const NOTES_STREAM = 'NOTES';
export const NOTE_SUBJECTS = 'notes.>';

export function noteSubject(note: CallNote): string {
  return `notes.${note.data.accountSid}.${noteKind(note)}`;
}

export function noteKind(note: CallNote): NoteKind {
  return note.type.slice(TYPE_PREFIX.length) as NoteKind;
}

export function createNote(kind: NoteKind, content: NoteContent, now: Date, source: string): CallNote {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source,
    type: TYPE_PREFIX + kind,
    subject: content.callSid,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    data: { code: null, message: null, request: null, response: null, ...content },
  };
}
