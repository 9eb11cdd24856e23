import { type CallNote, createNote, type NoteContent, type NoteKind } from '@trunkline/contracts';
import type { WebhookOutcome } from '@trunkline/webhook';
import type { Callback } from './callback.js';

/** Tells a call's owner, in the call's history, what became of its callbacks. Never throws, never waits. */
export interface OwnerNotes {
  /** One request, before it counts as an attempt. */
  attempted(callback: Callback, outcome: WebhookOutcome): void;
  givenUp(callback: Callback, reason: string): void;
}

export interface OwnerNotesOptions {
  publish: (note: CallNote) => void;
  now: () => Date;
}

const SOURCE = '/trunkline/notifier';
/** The original's: an HTTP request failed. */
const HTTP_FAILED = 11200;

export function createOwnerNotes({ publish, now }: OwnerNotesOptions): OwnerNotes {
  const write = (kind: NoteKind, { callSid, accountSid }: Callback, body: Partial<NoteContent>) =>
    publish(createNote(kind, { ...body, callSid, accountSid }, now(), SOURCE));
  return {
    attempted: (callback, response) =>
      write('callback', callback, { request: requestOf(callback, callback.attempts + 1), response }),
    givenUp(callback, reason) {
      const message = `the callback for ${callback.event} was given up: ${reason}`;
      const request = requestOf(callback, Math.max(1, callback.attempts));
      write('error', callback, { code: HTTP_FAILED, message, request });
    },
  };
}

function requestOf({ method, url, event }: Callback, attempt: number): NonNullable<NoteContent['request']> {
  return { method, url: withoutCredentials(url), event, attempt };
}

/** A URL as its owner may see it in the call's history. One that is none is not repeated. */
function withoutCredentials(text: string): string {
  const url = URL.parse(text);
  if (url === null) return '';
  url.username = '';
  url.password = '';
  return url.href;
}
