import { BusRefusedError, BusUnavailableError } from '@trunkline/bus';
import { QueueUnavailableError } from '@trunkline/queue';
import { StoreError, StoreUnavailableError } from '@trunkline/store';
import { expect, test } from 'vitest';
import { answerError } from './answer-error.js';
import { NotFoundError } from './errors.js';

test.each([
  new BusUnavailableError('NATS is away at 10.0.0.1'),
  new StoreUnavailableError('Postgres is away at 10.0.0.1'),
  new QueueUnavailableError('Redis is away at 10.0.0.1'),
  Object.assign(new Error('something at 10.0.0.1'), { retryable: true }),
])('%s is 503: the same request may succeed later', (error) => {
  const { status, headers, isFault, message } = answerError(error);
  expect([status, headers, isFault]).toEqual([503, { 'Retry-After': '2' }, false]);
  expect(message).toMatch(/^[^0-9]+: try again$/);
});

test.each([
  new BusRefusedError('maximum message size exceeded'),
  new StoreError('no such column'),
  new Error('boom'),
  'no error at all',
])('%s is 500 and to be logged: trying again does not help', (error) => {
  expect(answerError(error)).toEqual({
    status: 500,
    code: 20500,
    message: 'Something went wrong on our side',
    headers: {},
    isFault: true,
  });
});

test('what the client did wrong is told as it is, and is no fault of ours', () => {
  expect(answerError(new NotFoundError('no such call'))).toMatchObject({ status: 404, isFault: false });
});
