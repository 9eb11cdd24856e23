import { createSealer } from '@trunkline/directory';
import { createLogger } from '@trunkline/runtime';
import { beforeEach, expect, test } from 'vitest';
import { InMemoryAccounts } from '../testing/in-memory-accounts.js';
import { AccountBook, digestToken, type Seek } from './account-book.js';
import { createAccountOpener } from './open-account.js';
import { createSeek } from './seek-login.js';

const PARENT = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01';
const CHILD = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f02';
const KEY = 'SK0193f2a0b1c27d3e8f4a5b6c7d8e9f05';
const sealer = createSealer('a-secret-key-for-tests');

let table: InMemoryAccounts;
let book: AccountBook;
let nowMs: number;
let seek: Seek;

beforeEach(() => {
  table = new InMemoryAccounts();
  book = new AccountBook();
  book.markLoaded();
  nowMs = 0;
  const opener = createAccountOpener(sealer, createLogger({ service: 'api', level: 'silent' }));
  seek = createSeek({ table, book, opener, now: () => nowMs });
  table.put({ sid: PARENT, authTokenSealed: sealer.seal('parent-token', PARENT) });
  table.put({ sid: CHILD, parentSid: PARENT, authTokenSealed: sealer.seal('child-token', CHILD) });
});

test('an account that another instance has just made is found, with those above it', async () => {
  expect(await seek(CHILD)).toBe(true);
  const child = book.authenticate(CHILD, 'child-token')?.account;
  expect(child && book.lineage(child).map(({ sid }) => sid)).toEqual([CHILD, PARENT]);
});

test('a key is found with its account', async () => {
  table.putKey({ sid: KEY, accountSid: CHILD, secretDigest: digestToken('a-secret') });
  expect(await seek(KEY)).toBe(true);
  expect(book.authenticate(KEY, 'a-secret')?.account.sid).toBe(CHILD);
  expect(book.find(PARENT)).not.toBeNull();
});

test('requests with one login share a query, and a wrong one costs one a second', async () => {
  expect(await Promise.all([1, 2, 3].map(() => seek('nobody')))).toEqual([false, false, false]);
  expect(await seek('Nobody')).toBe(false);
  expect(table.asked).toEqual(['findAccount nobody']);
  nowMs = 1_001;
  await seek('nobody');
  expect(table.asked).toHaveLength(2);
});

test('many wrong logins together cost a bounded number of queries', async () => {
  for (let n = 0; n < 500; n += 1) await seek(`nobody-${n}`);
  expect(table.asked).toHaveLength(20);
  nowMs = 1_000;
  expect(await seek(PARENT)).toBe(true);
});

test('the database is not asked before it is there, and its absence is told', async () => {
  const early = new AccountBook();
  const opener = createAccountOpener(sealer, createLogger({ service: 'api', level: 'silent' }));
  expect(await createSeek({ table, book: early, opener })(PARENT)).toBe(false);
  expect(table.asked).toEqual([]);
  table.isAway = true;
  await expect(seek(PARENT)).rejects.toThrow('Postgres is away');
});
