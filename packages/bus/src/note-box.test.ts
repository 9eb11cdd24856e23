import { type CallNote, createNote, mintSid } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { BusRefusedError, BusUnavailableError } from './errors.js';
import { NoteBox } from './note-box.js';

function note(): CallNote {
  const content = { accountSid: mintSid('AC'), callSid: mintSid('CA') };
  return createNote('error', content, new Date(), '/trunkline/test');
}

/** A bus whose connection the test opens. */
function createPort() {
  const sent: CallNote[] = [];
  const errors: Error[] = [];
  const waiting: (() => void)[] = [];
  let isUp = false;
  return {
    sent,
    errors,
    open: () => {
      isUp = true;
      for (const tell of waiting.splice(0)) tell();
    },
    publish: async (one: CallNote) => {
      if (!isUp) throw new BusUnavailableError('not connected');
      if (one.data.message === 'too large') throw new BusRefusedError('too large');
      sent.push(one);
    },
    waitUntilConnected: (): Promise<boolean> =>
      isUp ? Promise.resolve(true) : new Promise((resolve) => waiting.push(() => resolve(true))),
    onError: (error: Error) => errors.push(error),
  };
}

test('while the bus is away 10,000 notes wait, and the loss of more is told in two words', async () => {
  const port = createPort();
  const box = new NoteBox(port);
  const notes = Array.from({ length: 10_500 }, note);
  for (const one of notes) box.publish(one);
  port.open();
  await box.close(20_000);
  expect(port.sent).toHaveLength(10_000);
  expect(new Set(port.sent.map((one) => one.id)).size).toBe(10_000);
  expect(port.errors.map((error) => error.message)).toEqual([
    '10000 notes wait to be sent: more are dropped',
    'not connected',
    '500 notes were dropped',
  ]);
});

test('a note that is refused is dropped, and the next is sent', async () => {
  const port = createPort();
  port.open();
  const box = new NoteBox(port);
  const bad = note();
  box.publish({ ...bad, data: { ...bad.data, message: 'too large' } });
  const good = note();
  box.publish(good);
  await box.close(1_000);
  expect(port.sent).toEqual([good]);
  expect(port.errors.map((error) => error.name)).toEqual(['BusRefusedError']);
});

test('closing waits no longer than it may, and nothing is sent afterwards', async () => {
  const port = createPort();
  const box = new NoteBox(port);
  box.publish(note());
  await box.close(10);
  port.open();
  box.publish(note());
  await new Promise((resolve) => setImmediate(resolve));
  expect(port.sent).toEqual([]);
});
