import type { Delivery } from '@trunkline/bus';
import { type CallEvent, type CallNote, callNoteSchema } from '@trunkline/contracts';
import { beforeEach, expect, test } from 'vitest';
import { type Callback, toCallback } from './callback.js';
import { createOwnerNotes } from './tell-owner.js';
import { callEvents } from './testing/call-events.js';

let told: CallNote[];
beforeEach(() => {
  told = [];
});

const NOW = '2026-11-24T09:05:00.000Z';
const owner = createOwnerNotes({ publish: (note) => void told.push(note), now: () => new Date(NOW) });

function callbackTo(url: string): Callback {
  const event = callEvents({ url, method: 'GET' }, ['initiated']).at(-1) as CallEvent;
  return toCallback({ event } as Delivery, 0) as Callback;
}

test('each request is told with its number, its URL without credentials and its outcome', () => {
  const callback = callbackTo('https://anna:hush@example.com/progress?key=1');
  callback.attempts = 2;
  owner.attempted(callback, { status: 503, durationMs: 12, error: null });
  expect(callNoteSchema.parse(told[0])).toMatchObject({
    type: 'trunkline.note.callback',
    subject: callback.callSid,
    time: NOW,
    data: {
      accountSid: callback.accountSid,
      callSid: callback.callSid,
      code: null,
      request: { method: 'GET', url: 'https://example.com/progress?key=1', event: 'initiated', attempt: 3 },
      response: { status: 503, durationMs: 12, error: null },
    },
  });
});

test('one that is given up is an error, also when it was never sent', () => {
  const callback = callbackTo('hush');
  owner.givenUp(callback, 'too many callbacks wait for this host or account');
  expect(callNoteSchema.parse(told[0])).toMatchObject({
    type: 'trunkline.note.error',
    data: {
      code: 11200,
      message: 'the callback for initiated was given up: too many callbacks wait for this host or account',
      request: { url: '', attempt: 1 },
      response: null,
    },
  });
});
