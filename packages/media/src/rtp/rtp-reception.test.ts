import { expect, test } from 'vitest';
import { RtpReception } from './rtp-reception.js';

function countAfter(...sequenceNumbers: number[]): [received: number, lost: number] {
  const reception = new RtpReception();
  for (const sequenceNumber of sequenceNumbers) reception.receive({ ssrc: 1, sequenceNumber });
  return [reception.received, reception.lost];
}

test.each([
  ['nothing', [], [0, 0]],
  ['a row', [7, 8, 9], [3, 0]],
  ['a gap', [7, 10], [2, 2]],
  ['a gap that is filled late', [7, 9, 8, 10], [4, 0]],
  ['the turn of the numbers', [65_534, 65_535, 0, 2], [4, 1]],
  ['duplicates', [1, 1, 1, 3], [4, 0]],
  ['a packet from before the first', [100, 99, 101], [3, 0]],
  ['a jump, which is a new beginning and no loss', [10, 30_000, 30_001, 30_003], [4, 1]],
] as const)('%s', (_, sequenceNumbers, expected) => {
  expect(countAfter(...sequenceNumbers)).toEqual(expected);
});

test('a new source keeps the loss of the one before', () => {
  const reception = new RtpReception();
  for (const sequenceNumber of [1, 4]) reception.receive({ ssrc: 1, sequenceNumber });
  for (const sequenceNumber of [900, 902]) reception.receive({ ssrc: 2, sequenceNumber });
  expect([reception.received, reception.lost]).toEqual([4, 3]);
});

test('a day of packets is counted over many turns', () => {
  const reception = new RtpReception();
  for (let n = 0; n < 200_000; n += 2) reception.receive({ ssrc: 1, sequenceNumber: n & 0xffff });
  expect(reception.lost).toBe(99_999);
});
