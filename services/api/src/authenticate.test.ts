import { StoreUnavailableError } from '@trunkline/store';
import { beforeEach, expect, test } from 'vitest';
import { AccountBook, digestToken, type KnownAccount } from './accounts/account-book.js';
import { authenticate, authorizePath, authorizeUse } from './authenticate.js';
import { createChecks } from './health-checks.js';
import type { Caller } from './operation.js';
import { knownAccount } from './testing/known-account.js';
import { basic } from './testing/test-api.js';

const PARENT = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01';
const CHILD = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f02';
const SIBLING = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f03';
const KEY = 'SK0193f2a0b1c27d3e8f4a5b6c7d8e9f05';

const parent = knownAccount({ sid: PARENT, token: 'parent-token' });
const child = knownAccount({ sid: CHILD, parentSid: PARENT, email: '', token: 'child-token' });
const sibling = knownAccount({ sid: SIBLING, parentSid: PARENT, email: '', token: 'sibling-token' });

let book: AccountBook;
beforeEach(() => {
  book = new AccountBook();
  book.put([parent, child, sibling]);
  book.putKeys([
    {
      sid: KEY,
      accountSid: PARENT,
      scope: 'read',
      secretDigest: digestToken('a-secret'),
      dateUpdated: '',
      dateDeleted: null,
    },
  ]);
  book.markLoaded();
});

const callerOf = (account: KnownAccount): Caller => ({ account, scope: 'all', isPrimary: true });
const use = (caller: Caller, account: KnownAccount, needs: 'read' | 'write' | 'manage') => () =>
  authorizeUse(caller, account, { needs }, book);

test('while accounts are not known yet, an unknown one is told to come again rather than that it is wrong', async () => {
  const empty = new AccountBook();
  const attempt = () => authenticate(basic(PARENT, 'parent-token'), empty);
  await expect(attempt()).rejects.toMatchObject({ status: 503 });
  empty.markLoaded();
  await expect(attempt()).rejects.toMatchObject({ status: 401 });
});

test('what is not known here is looked for once, also a token that was changed elsewhere', async () => {
  const asked: string[] = [];
  book.seekWith(async (login) => {
    asked.push(login);
    book.put([{ ...child, tokenDigest: digestToken('new-token') }]);
    return true;
  });
  expect((await authenticate(basic(CHILD, 'new-token'), book)).account.sid).toBe(CHILD);
  await authenticate(basic(PARENT, 'parent-token'), book);
  expect(asked).toEqual([CHILD]);
});

test('without the database a wrong token is wrong, and an unknown login may be right', async () => {
  book.seekWith(() => Promise.reject(new StoreUnavailableError('Postgres is away')));
  await expect(authenticate(basic(CHILD, 'wrong'), book)).rejects.toMatchObject({ status: 401 });
  await expect(authenticate(basic('AC-new', 'x'), book)).rejects.toMatchObject({ status: 503 });
});

test('who is suspended, or below somebody who is, is refused with a code of its own', async () => {
  book.put([{ ...parent, status: 'suspended' }]);
  for (const [sid, token] of [
    [PARENT, 'parent-token'],
    [CHILD, 'child-token'],
  ] as const) {
    const refusal = await authenticate(basic(sid, token), book).catch((error) => error);
    expect([refusal.status, refusal.code()]).toEqual([403, 20005]);
  }
});

test('a path may name the own account or one below it, never one above or beside', async () => {
  const to = (caller: KnownAccount, path: string) => authorizePath(callerOf(caller), path, book);
  expect(await to(parent, PARENT.toUpperCase())).toBe(parent);
  expect(await to(parent, parent.email)).toBe(parent);
  expect(await to(parent, CHILD)).toBe(child);
  await expect(to(child, PARENT)).rejects.toMatchObject({ status: 403 });
  await expect(to(child, SIBLING)).rejects.toMatchObject({ status: 403 });
  await expect(to(child, parent.email)).rejects.toMatchObject({ status: 404 });
  await expect(to(parent, PARENT.replace(/1$/, 'f'))).rejects.toMatchObject({ status: 404 });
});

test('a suspended account is read and managed from above, and nothing is done for it', () => {
  const asleep = { ...child, status: 'suspended' as const };
  book.put([asleep]);
  expect(use(callerOf(parent), asleep, 'read')).not.toThrow();
  expect(use(callerOf(parent), asleep, 'manage')).not.toThrow();
  expect(use(callerOf(parent), asleep, 'write')).toThrow(`Account ${CHILD} is suspended`);
  const end = { needs: 'write', evenInactive: true } as const;
  expect(() => authorizeUse(callerOf(parent), asleep, end, book)).not.toThrow();
  const reader: Caller = { account: parent, scope: 'read', isPrimary: false };
  expect(() => authorizeUse(reader, asleep, end, book)).toThrow('may only read');
});

test('a key that may only read changes nothing, and none manages', async () => {
  const reader = await authenticate(basic(KEY, 'a-secret'), book);
  expect(use(reader, child, 'read')).not.toThrow();
  expect(use(reader, child, 'write')).toThrow('may only read');
  const writer: Caller = { ...reader, scope: 'all' };
  expect(use(writer, child, 'write')).not.toThrow();
  expect(use(writer, parent, 'manage')).toThrow('primary token');
});

test('ready is who can accept calls: Postgres may be away, but not at work on the tables', () => {
  const bus = { isConnected: () => true };
  const known = new AccountBook();
  const complaints = (state: 'preparing' | 'away' | 'ready') =>
    Object.values(createChecks(bus, { book: known, state: () => state })).map((check) => check());
  expect(complaints('ready')).toEqual([null, 'no account is known', null]);
  known.put([parent]);
  expect(complaints('preparing')).toEqual([null, null, 'being brought up to date']);
  expect(complaints('away')).toEqual([null, null, null]);
  bus.isConnected = () => false;
  expect(complaints('ready')).toEqual(['not connected to NATS', null, null]);
});
