import { advanceCall, type CallEvent, type CallRecord, openCall, recordOf } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { StoreError, StoreUnavailableError } from '@trunkline/store';
import { expect, test } from 'vitest';
import { createEventRecorder, type EventRecorderOptions } from './record-events.js';

const NOW = Date.parse('2026-11-24T12:00:00.250Z');

function twoEvents(): [CallEvent, CallEvent] {
  const queued = openCall(queuedCall({ dateUpdated: '2026-11-24T12:00:00.000Z' }), 'test');
  const at = new Date('2026-11-24T12:00:00.100Z');
  return [queued, advanceCall(recordOf(queued), 'initiated', {}, at, 'test')];
}

function recorderOf(history: EventRecorderOptions['history']) {
  const lags: number[] = [];
  const rejected: string[] = [];
  const recorder = createEventRecorder({
    history,
    now: () => NOW,
    onLag: (seconds) => lags.push(seconds),
    onRejected: ({ callSid, sequence }) => rejected.push(`${callSid}:${sequence}`),
  });
  return { recorder, lags, rejected };
}

test('a batch is one write of every record in it, and its lag is told once it is written', async () => {
  const written: CallRecord[][] = [];
  const { recorder, lags } = recorderOf({
    writeCalls: async (records) => {
      written.push(records);
      return { changed: records.length, rejected: [] };
    },
  });
  const events = twoEvents();
  await recorder.record(events);
  expect(written).toEqual([events.map(recordOf)]);
  expect(lags).toEqual([0.25, 0.15]);
});

test('a batch that could not be written is refused, so that it comes again; the trouble is told until it is over', async () => {
  let away = true;
  const { recorder, lags } = recorderOf({
    writeCalls: async (records) => {
      if (away) throw new StoreUnavailableError('Postgres is not available: ECONNREFUSED');
      return { changed: records.length, rejected: [] };
    },
  });
  await expect(recorder.record(twoEvents())).rejects.toThrow(StoreUnavailableError);
  expect(recorder.trouble()).toContain('ECONNREFUSED');
  expect(lags).toEqual([]);
  away = false;
  await recorder.record(twoEvents());
  expect(recorder.trouble()).toBeNull();
});

test('records that Postgres refuses for ever do not hold up the batch, and are told', async () => {
  const [first, second] = twoEvents();
  const refusal = { callSid: first.subject, sequence: 1, error: new StoreError('no NUL') };
  const { recorder, rejected } = recorderOf({
    writeCalls: async () => ({ changed: 1, rejected: [refusal] }),
  });
  await recorder.record([first, second]);
  expect(rejected).toEqual([`${first.subject}:1`]);
});
