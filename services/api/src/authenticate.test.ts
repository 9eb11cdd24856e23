import { expect, test } from 'vitest';
import { AccountBook } from './accounts/account-book.js';
import { authenticate } from './authenticate.js';
import { createChecks } from './health-checks.js';
import { ACCOUNT, basic } from './testing/test-api.js';

test('while accounts are not known yet, an unknown one is told to come again rather than that it is wrong', () => {
  const book = new AccountBook();
  const attempt = () => authenticate(basic(ACCOUNT.sid, ACCOUNT.token), book);
  expect(attempt).toThrow(expect.objectContaining({ status: 503 }));
  book.replace([]);
  expect(attempt).toThrow(expect.objectContaining({ status: 401 }));
});

test('ready is who can accept calls: Postgres may be away, but not at work on the tables', () => {
  const bus = { isConnected: () => true };
  const book = new AccountBook();
  const complaints = (state: 'preparing' | 'away' | 'ready') =>
    Object.values(createChecks(bus, { book, state: () => state })).map((check) => check());
  expect(complaints('ready')).toEqual([null, 'no account is known', null]);
  book.replace([{ sid: ACCOUNT.sid, email: 'a@b', status: 'active', tokenDigest: Buffer.alloc(32) }]);
  expect(complaints('preparing')).toEqual([null, null, 'being brought up to date']);
  expect(complaints('away')).toEqual([null, null, null]);
  bus.isConnected = () => false;
  expect(complaints('ready')).toEqual(['not connected to NATS', null, null]);
});
