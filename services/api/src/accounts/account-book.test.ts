import { beforeEach, expect, test } from 'vitest';
import { knownAccount } from '../testing/known-account.js';
import { AccountBook, digestToken, type KnownKey } from './account-book.js';

const ROOT = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01';
const CHILD = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f02';
const GRANDCHILD = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f03';
const OTHER = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f04';
const KEY = 'SK0193f2a0b1c27d3e8f4a5b6c7d8e9f05';

const root = knownAccount({ sid: ROOT, email: 'Root@Company.com', token: 'root-token' });
const child = knownAccount({ sid: CHILD, parentSid: ROOT, email: '', token: 'child-token' });
const grandchild = knownAccount({ sid: GRANDCHILD, parentSid: CHILD, email: '', token: 'grandchild-token' });
const other = knownAccount({ sid: OTHER, email: 'root@company.com', token: 'other-token' });

const key = (changes: Partial<KnownKey> = {}): KnownKey => ({
  sid: KEY,
  accountSid: CHILD,
  scope: 'read',
  secretDigest: digestToken('a-secret'),
  dateUpdated: '2026-11-24T10:00:00.000Z',
  dateDeleted: null,
  ...changes,
});

let book: AccountBook;
beforeEach(() => {
  book = new AccountBook();
  book.put([root, child, grandchild, other]);
});

test('an account logs in by its Sid and its email, in any case, and by nothing else', () => {
  expect(book.authenticate(ROOT.toUpperCase(), 'root-token')?.account).toBe(root);
  expect(book.authenticate('ROOT@company.com', 'root-token')).toEqual({
    account: root,
    scope: 'all',
    isPrimary: true,
  });
  expect(book.authenticate(ROOT, 'child-token')).toBeNull();
  expect(book.authenticate('nobody', 'root-token')).toBeNull();
  expect(book.authenticate('', 'child-token')).toBeNull();
});

test('accounts that share an email are told apart by their tokens', () => {
  expect(book.authenticate('root@company.com', 'other-token')?.account).toBe(other);
});

test('the second token is valid in its time, and is not the primary one', () => {
  const secondaryDigest = digestToken('second-token');
  const secondaryExpires = '2026-11-24T12:00:00.000Z';
  book.put([{ ...root, secondaryDigest, secondaryExpires }]);
  const at = (time: string) => book.authenticate(ROOT, 'second-token', new Date(time));
  expect(at('2026-11-24T11:59:59.999Z')).toMatchObject({ scope: 'all', isPrimary: false });
  expect(at('2026-11-24T12:00:00.000Z')).toBeNull();
  expect(book.authenticate(ROOT, 'root-token')?.isPrimary).toBe(true);
  book.put([{ ...root, secondaryDigest, secondaryExpires: null }]);
  expect(at('2036-01-01T00:00:00.000Z')).not.toBeNull();
});

test('an API key speaks for its account until it is removed', () => {
  book.putKeys([key()]);
  expect(book.authenticate(KEY, 'a-secret')).toEqual({ account: child, scope: 'read', isPrimary: false });
  expect(book.authenticate(KEY, 'child-token')).toBeNull();
  expect(book.authenticate(CHILD, 'a-secret')).toBeNull();
  const removed = key({ dateUpdated: '2026-11-24T11:00:00.000Z', dateDeleted: '2026-11-24T11:00:00.000Z' });
  book.putKeys([removed]);
  book.putKeys([key()]);
  expect(book.authenticate(KEY, 'a-secret')).toBeNull();
});

test('what is read late does not undo what was written meanwhile', () => {
  book.put([
    { ...root, status: 'suspended', email: 'new@company.com', dateUpdated: '2026-11-24T11:00:00.000Z' },
  ]);
  book.put([root]);
  expect(book.find(ROOT)?.status).toBe('suspended');
  expect(book.authenticate('root@company.com', 'root-token')).toBeNull();
  expect(book.authenticate('new@company.com', 'root-token')?.account.sid).toBe(ROOT);
});

test('an account is below its parent and above, and never the other way or beside', () => {
  expect(book.isBelow(child, root)).toBe(true);
  expect(book.isBelow(grandchild, root)).toBe(true);
  expect(book.isBelow(root, child)).toBe(false);
  expect(book.isBelow(child, child)).toBe(false);
  expect(book.isBelow(other, root)).toBe(false);
});

test('an account is inactive when one above it is', () => {
  expect(book.inactive(grandchild)).toBeNull();
  book.put([{ ...root, status: 'suspended' }]);
  expect(book.inactive(grandchild)?.sid).toBe(ROOT);
  expect(book.inactive(other)).toBeNull();
});

test('a circle, which the database does not allow, ends', () => {
  book.put([{ ...root, parentSid: GRANDCHILD }]);
  expect(book.lineage(grandchild).length).toBeLessThan(20);
});
