import type { CallEnd } from '@trunkline/sip';
import { expect, test } from 'vitest';
import { bestEnd, outcomeOfDevice } from './best-end.js';

const rejected = (status: number): CallEnd => ({
  kind: 'rejected',
  status,
  reason: '',
  q850: null,
  retryAfterSeconds: null,
  contacts: [],
});
const silence: CallEnd = { kind: 'no-response' };
const unreachable: CallEnd = { kind: 'unreachable', error: new Error('ECONNREFUSED') };

test.each<[CallEnd[], CallEnd]>([
  [[rejected(486), rejected(603)], rejected(603)],
  [[rejected(503), rejected(404)], rejected(404)],
  [[rejected(404), rejected(486), rejected(480)], rejected(486)],
  [[silence, rejected(480)], rejected(480)],
  [[unreachable, silence], silence],
  [[rejected(500), unreachable], rejected(500)],
  [[rejected(486), rejected(302)], rejected(302)],
])('of %o the one that tells most', (ends, best) => {
  expect(bestEnd(ends)).toEqual(best);
  expect(statusOf(bestEnd([...ends].reverse()))).toBe(statusOf(best));
});

function statusOf(end: CallEnd): number | string {
  return end.kind === 'rejected' ? end.status : end.kind;
}

test.each<[CallEnd, string, string]>([
  [rejected(486), 'busy', 'busy'],
  [rejected(603), 'busy', 'declined'],
  [rejected(480), 'no-answer', 'unavailable'],
  [rejected(503), 'failed', 'unreachable'],
  [rejected(430), 'failed', 'unreachable'],
  [silence, 'failed', 'unreachable'],
  [unreachable, 'failed', 'unreachable'],
])('%o means %s, %s, and no trunk is tried', (end, status, reason) => {
  expect(outcomeOfDevice(end)).toMatchObject({ status, reason, failover: false });
});
