import { expect, test } from 'vitest';
import { outcomeOf } from './outcome.js';

const rejected = (status: number, q850: number | null = null) =>
  outcomeOf({ kind: 'rejected', status, reason: 'Reason', q850, retryAfterSeconds: null, contacts: [] });

test.each([
  [302, 'failed', 'rejected', false],
  [400, 'failed', 'rejected', false],
  [402, 'failed', 'rejected', false],
  [403, 'failed', 'rejected', false],
  [404, 'failed', 'unknown-number', false],
  [408, 'no-answer', 'unavailable', false],
  [410, 'failed', 'unknown-number', false],
  [415, 'failed', 'media-failed', false],
  [429, 'failed', 'rejected', false],
  [480, 'no-answer', 'unavailable', false],
  [484, 'failed', 'unknown-number', false],
  [486, 'busy', 'busy', false],
  [487, 'no-answer', 'unavailable', false],
  [488, 'failed', 'media-failed', false],
  [500, 'failed', 'trunk-failed', true],
  [502, 'failed', 'trunk-failed', true],
  [503, 'failed', 'trunk-failed', true],
  [504, 'failed', 'trunk-failed', true],
  [599, 'failed', 'trunk-failed', true],
  [600, 'busy', 'busy', false],
  [603, 'busy', 'declined', false],
  [604, 'failed', 'unknown-number', false],
  [606, 'failed', 'media-failed', false],
  [607, 'failed', 'rejected', false],
  [699, 'failed', 'rejected', false],
])('%i is %s (%s), another trunk is tried: %s', (status, expected, reason, failover) => {
  expect(rejected(status)).toEqual({
    status: expected,
    reason,
    failover,
    side: 'remote',
    sipCode: status,
    sipReason: 'Reason',
    q850Cause: null,
  });
});

test.each([
  [503, 17, 'busy', 'busy', false],
  [500, 19, 'no-answer', 'unavailable', false],
  [500, 1, 'failed', 'unknown-number', false],
  [480, 17, 'busy', 'busy', false],
  [480, 21, 'busy', 'declined', false],
  [503, 34, 'failed', 'trunk-failed', true],
  [503, 41, 'failed', 'trunk-failed', true],
  [486, 19, 'busy', 'busy', false],
  [404, 17, 'failed', 'unknown-number', false],
])(
  '%i with Q.850 cause %i is %s (%s), another trunk is tried: %s',
  (status, cause, expected, reason, failover) => {
    expect(rejected(status, cause)).toMatchObject({ status: expected, reason, failover, q850Cause: cause });
  },
);

test.each([
  [
    { kind: 'unauthorized', status: 401, reason: 'Unauthorized' } as const,
    'failed',
    'unauthorized',
    'remote',
    401,
    false,
  ],
  [
    { kind: 'unauthorized', status: 407, reason: 'Proxy Authentication Required' } as const,
    'failed',
    'unauthorized',
    'remote',
    407,
    false,
  ],
  [
    { kind: 'canceled', status: 487, reason: 'Request Terminated', lateAnswer: false } as const,
    'no-answer',
    'unavailable',
    'remote',
    487,
    false,
  ],
  [
    { kind: 'canceled', status: 200, reason: 'OK', lateAnswer: true } as const,
    'no-answer',
    'unavailable',
    'remote',
    200,
    false,
  ],
  [
    { kind: 'canceled', status: null, reason: null, lateAnswer: false } as const,
    'no-answer',
    'unavailable',
    'local',
    null,
    false,
  ],
  [{ kind: 'no-response' } as const, 'failed', 'trunk-failed', 'local', null, true],
  [
    { kind: 'unreachable', error: new Error('ECONNREFUSED') } as const,
    'failed',
    'unreachable',
    'local',
    null,
    true,
  ],
  [
    { kind: 'unreachable', error: Object.assign(new Error('CR in a URI'), { retryable: false }) } as const,
    'failed',
    'rejected',
    'local',
    null,
    false,
  ],
  [
    { kind: 'bye', side: 'remote', q850: 16, status: null } as const,
    'completed',
    'hangup',
    'remote',
    null,
    false,
  ],
  [{ kind: 'dialog-lost', why: '481' } as const, 'failed', 'connection-lost', 'remote', null, false],
])(
  '%j is %s (%s), %s side, SIP %s, another trunk is tried: %s',
  (end, status, reason, side, sipCode, failover) => {
    expect(outcomeOf(end)).toMatchObject({ status, reason, side, sipCode, failover });
  },
);

test.each([
  [{ kind: 'unauthorized', status: 407, reason: 'Proxy Authentication Required' } as const],
  [{ kind: 'canceled', status: 486, reason: 'Besetzt', lateAnswer: false } as const],
  [{ kind: 'canceled', status: null, reason: null, lateAnswer: false } as const],
])('%j is recorded with the reason that was given, and with none when none was', (end) => {
  expect(outcomeOf(end)).toMatchObject({ sipCode: end.status, sipReason: end.reason });
});
