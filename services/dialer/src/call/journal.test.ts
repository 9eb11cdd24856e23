import {
  type CallEvent,
  type CallRecord,
  eventName,
  mintSid,
  openCall,
  recordOf,
} from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { chargeBySecond } from '../testing/charge-by-second.js';
import { queuedRecord } from '../testing/queued-record.js';
import { createJournal } from './journal.js';

const ACCEPTED = Date.parse('2026-11-23T10:00:00.000Z');

function journalAt(record: CallRecord) {
  const published: CallEvent[] = [];
  let nowMs = ACCEPTED;
  const journal = createJournal({
    record,
    source: '/trunkline/dialer/d1',
    now: () => new Date(nowMs),
    chargeFor: chargeBySecond,
    publish: (event) => published.push(event),
  });
  const at = (ms: number) => {
    nowMs = ACCEPTED + ms;
  };
  return { journal, published, at };
}

test('an answered call is told in order, each event with the snapshot after it', () => {
  const { journal, published, at } = journalAt(
    queuedRecord({ dateCreated: new Date(ACCEPTED).toISOString() }),
  );
  at(40);
  journal.note('initiated', {});
  at(1_000);
  journal.note('ringing', { sipCode: 180 });
  at(5_500);
  journal.note('in-progress', { sipCode: 200 });
  at(9_400);
  journal.note('completed', { endReason: 'hangup' });
  expect(published.map((event) => [eventName(event), event.sequence])).toEqual([
    ['initiated', 2],
    ['ringing', 3],
    ['in-progress', 4],
    ['completed', 5],
  ]);
  expect(published[0]?.data).toMatchObject({ status: 'queued', queueTimeMs: 40 });
  expect(published[3]?.data).toMatchObject({
    status: 'completed',
    startTime: '2026-11-23T10:00:05.500Z',
    endTime: '2026-11-23T10:00:09.400Z',
    durationSeconds: 3,
    sipCode: 200,
    queueTimeMs: 40,
  });
  expect(published.every((event) => event.source === '/trunkline/dialer/d1')).toBe(true);
});

test('the record is that of the last event', () => {
  const { journal, published } = journalAt(queuedRecord({}));
  journal.note('failed', { endReason: 'unreachable' });
  expect(journal.record()).toEqual(recordOf(published[0] as CallEvent));
});

test('a machine whose clock is behind that of the api gives no negative time in the queue', () => {
  const { journal, at } = journalAt(queuedRecord({ dateCreated: new Date(ACCEPTED).toISOString() }));
  at(-250);
  expect(journal.note('initiated', {}).data.queueTimeMs).toBe(0);
});

test('the sequence goes on from the record of the job', () => {
  const opened = recordOf(openCall(queuedRecord({ sid: mintSid('CA') }).call, '/trunkline/api'));
  expect(journalAt({ ...opened, sequence: 7 }).journal.note('initiated', {}).sequence).toBe(8);
});

test('the end has the price of the talk, and nothing before it has one', () => {
  const { journal, published, at } = journalAt(queuedRecord());
  at(1_000);
  journal.note('in-progress', {});
  at(8_900);
  journal.note('completed', { endReason: 'hangup' });
  expect(published.map(({ data }) => [data.price, data.priceUnit])).toEqual([
    [null, null],
    ['7.00', 'USD'],
  ]);
});

test('what is added is told with the next event, and no attempt outlives the call', () => {
  const { journal, published, at } = journalAt(queuedRecord());
  const attempt = {
    startedAt: new Date(ACCEPTED).toISOString(),
    endedAt: null,
    sipCode: null,
    sipReason: null,
  };
  journal.add({
    attempts: [
      {
        trunk: 't',
        trunkSid: null,
        target: null,
        why: '',
        q850Cause: null,
        failure: null,
        error: null,
        ...attempt,
      },
    ],
  });
  expect(journal.record().call.attempts).toHaveLength(1);
  journal.note('initiated', {});
  at(2_000);
  journal.note('no-answer', { endReason: 'ring-timeout' });
  expect(published.map(({ data }) => data.attempts[0]?.endedAt)).toEqual([null, '2026-11-23T10:00:02.000Z']);
  expect(published[1]?.data.attempts[0]?.failure).toBe('ring-timeout');
});
