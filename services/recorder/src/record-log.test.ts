import { advanceCall, createNote, openCall, recordOf } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { type CallLogEntry, StoreError, StoreUnavailableError, type WrittenLog } from '@trunkline/store';
import { expect, test } from 'vitest';
import { createLogRecorder, type RefusedEntry } from './record-log.js';

const NOW = new Date('2026-11-24T12:00:00.250Z');

function setUp(write: (entries: CallLogEntry[]) => WrittenLog | Error = () => ({ added: 1, rejected: [] })) {
  const written: CallLogEntry[][] = [];
  const refused: RefusedEntry[] = [];
  const recorder = createLogRecorder({
    log: {
      writeCallEvents: async (entries) => {
        const result = write(entries);
        if (result instanceof Error) throw result;
        written.push(entries);
        return result;
      },
    },
    onRefused: (one) => refused.push(one),
  });
  return { recorder, written, refused };
}

test('an event is a line that says what happened, when and why, and nothing of who called whom', async () => {
  const { recorder, written } = setUp();
  const queued = openCall(queuedCall(), 'test');
  const changes = { endReason: 'trunk-failed', sipCode: 503 } as const;
  await recorder.recordEvents([advanceCall(recordOf(queued), 'failed', changes, NOW, 'test')]);
  expect(written).toEqual([
    [
      {
        callSid: queued.subject,
        accountSid: queued.data.accountSid,
        id: `${queued.subject}:2`,
        time: NOW.toISOString(),
        kind: 'state',
        name: 'failed',
        sequence: 2,
        status: 'failed',
        reason: 'trunk-failed',
        sipCode: 503,
        code: null,
        message: null,
        request: null,
        response: null,
      },
    ],
  ]);
});

test('a note is a line with what it says', async () => {
  const { recorder, written } = setUp();
  const { accountSid, sid: callSid } = queuedCall();
  const request = { method: 'POST', url: 'https://example.com/', event: 'completed', attempt: 2 } as const;
  const response = { status: 500, durationMs: 12, error: null };
  const note = createNote('callback', { accountSid, callSid, code: 11200, request, response }, NOW, 'test');
  await recorder.recordNotes([note]);
  expect(written[0]?.[0]).toMatchObject({
    ...{ callSid, accountSid, id: note.id, time: NOW.toISOString(), kind: 'callback', name: 'callback' },
    ...{ sequence: null, status: null, code: 11200, message: null, request, response },
  });
});

test('a note of which no notification’s Sid can be made is refused, and the others are written', async () => {
  const { recorder, written, refused } = setUp();
  const { accountSid, sid: callSid } = queuedCall();
  const good = createNote('warning', { accountSid, callSid }, NOW, 'test');
  await recorder.recordNotes([{ ...good, id: 'mine' }, good]);
  expect(written[0]?.map(({ id }) => id)).toEqual([good.id]);
  expect(refused).toEqual([{ callSid, id: 'mine', why: 'malformed', error: expect.any(Error) }]);
});

test('what Postgres refuses for ever is told and holds nothing up; what it cannot take now comes again', async () => {
  let away = true;
  const event = openCall(queuedCall(), 'test');
  const refusal = { callSid: event.subject, id: event.id, error: new StoreError('no NUL') };
  const { recorder, refused } = setUp(() =>
    away ? new StoreUnavailableError('Postgres is not available') : { added: 0, rejected: [refusal] },
  );
  await expect(recorder.recordEvents([event])).rejects.toThrow(StoreUnavailableError);
  expect(recorder.trouble()).toContain('not available');
  away = false;
  await recorder.recordEvents([event]);
  expect(recorder.trouble()).toBeNull();
  expect(refused).toEqual([{ ...refusal, why: 'postgres' }]);
});
