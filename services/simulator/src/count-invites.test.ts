import { expect, test } from 'vitest';
import { createInviteCounts } from './count-invites.js';

test('INVITEs are counted by number and by Call-ID', () => {
  const counts = createInviteCounts();
  counts.add('1', 'a');
  counts.add('1', 'a');
  counts.add('1', 'b');
  counts.add('__proto__', 'c');
  const { byNumber, ...rest } = counts.report();
  expect(Object.entries(byNumber)).toEqual([
    ['1', { invites: 3, calls: 2 }],
    ['__proto__', { invites: 1, calls: 1 }],
  ]);
  expect(rest).toEqual({
    calls: 3,
    invites: 4,
    byCallId: {
      a: { number: '1', invites: 2 },
      b: { number: '1', invites: 1 },
      c: { number: '__proto__', invites: 1 },
    },
  });
});

test('the oldest calls are forgotten when there are too many', () => {
  const counts = createInviteCounts(2);
  for (const callId of ['a', 'b', 'c']) counts.add('1', callId);
  expect(Object.keys(counts.report().byCallId)).toEqual(['b', 'c']);
});
