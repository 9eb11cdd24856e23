import { expect, test } from 'vitest';
import { queuedCall } from '../testing.js';
import { dialCallSchema } from './dial-call.js';

test('what the reconciler says of a job travels with it', () => {
  const job = { call: queuedCall(), sequence: 1, reconciledAt: '2026-11-24T12:00:00.000Z' };
  expect(dialCallSchema.parse(JSON.parse(JSON.stringify(job)))).toEqual(job);
});

test('a job says nothing of a reconciler that has not seen it', () => {
  const job = { call: queuedCall(), sequence: 1 };
  expect(dialCallSchema.parse(job)).toEqual(job);
});
