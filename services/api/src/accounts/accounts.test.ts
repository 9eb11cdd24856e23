import { createSealer } from '@trunkline/directory';
import { createLogger } from '@trunkline/runtime';
import { StoreError, StoreUnavailableError } from '@trunkline/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DirectoryTable } from '../ports.js';
import { InMemoryAccounts } from '../testing/in-memory-accounts.js';
import { InMemoryDirectory } from '../testing/in-memory-directory.js';
import { digestToken } from './account-book.js';
import { type Accounts, openAccounts } from './open-accounts.js';

const SECRET_KEY = 'a-secret-key-for-tests';
const FIRST = { sid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01', email: 'first@company.com', token: 'first-token' };
const SECOND = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f02';
const log = createLogger({ service: 'api', level: 'silent' });
const sealer = createSealer(SECRET_KEY);

let table: InMemoryAccounts;
let directory: InMemoryDirectory;
let returns: number;
let stops: (() => Promise<void>)[];

beforeEach(() => {
  table = new InMemoryAccounts();
  directory = new InMemoryDirectory();
  returns = 0;
  stops = [];
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

interface OpenOptions {
  first?: typeof FIRST | null;
  key?: string;
  migrate?: () => Promise<void>;
}

function open({ first = FIRST, key = SECRET_KEY, migrate = async () => {} }: OpenOptions = {}): Accounts {
  const stop = new AbortController();
  const accounts = openAccounts({
    config: { SECRET_KEY: key, ACCOUNTS_REFRESH: 5, TRUNKS: [], firstAccount: first },
    table: table as unknown as DirectoryTable,
    sealer: createSealer(key),
    directory,
    bus: { directory },
    busReturns: () => returns,
    migrate,
    log,
    signal: stop.signal,
  });
  stops.push(async () => {
    stop.abort();
    await accounts.done.catch(() => {});
  });
  return accounts;
}

const sidOf = ({ book }: Accounts, login: string, token: string) =>
  book.authenticate(login, token)?.account.sid ?? null;

const newAccount = (sid: string, token: string) => ({
  sid,
  email: `${sid}@company.com`,
  authTokenSealed: sealer.seal(token, sid),
});

test('the first account can be used at once, by Sid and by email, and is stored sealed', async () => {
  const accounts = open();
  expect(sidOf(accounts, FIRST.sid, FIRST.token)).toBe(FIRST.sid);
  expect(sidOf(accounts, 'First@Company.com', FIRST.token)).toBe(FIRST.sid);
  expect(sidOf(accounts, FIRST.sid, 'wrong')).toBeNull();
  await table.refreshed();
  expect(accounts.state()).toBe('ready');
  const row = table.accounts.get(FIRST.sid);
  expect(row && sealer.open(row.authTokenSealed, FIRST.sid)).toBe(FIRST.token);
});

test('a token that was rotated survives a restart with the old environment, and another environment wins', async () => {
  open();
  await table.refreshed();
  table.put({ sid: FIRST.sid, authTokenSealed: sealer.seal('rotated-token', FIRST.sid) });
  await table.refreshed();
  const restarted = open();
  await table.refreshed();
  expect(sidOf(restarted, FIRST.sid, FIRST.token)).toBeNull();
  expect(sidOf(restarted, FIRST.sid, 'rotated-token')).toBe(FIRST.sid);
  const changed = open({ first: { ...FIRST, token: 'another-token' } });
  await expect.poll(() => sidOf(changed, FIRST.sid, 'another-token')).toBe(FIRST.sid);
  await expect.poll(() => sidOf(changed, FIRST.sid, 'rotated-token')).toBeNull();
});

test('a restart without the database knows the rotated token from the directory', async () => {
  open();
  await table.refreshed();
  table.put({ sid: FIRST.sid, authTokenSealed: sealer.seal('rotated-token', FIRST.sid) });
  const { ports } = open();
  await expect.poll(() => ports.book.authenticate(FIRST.sid, 'rotated-token')).not.toBeNull();
  await ports.directory.putAccount(FIRST.sid);
  table.isAway = true;
  const restarted = open();
  expect(sidOf(restarted, FIRST.sid, FIRST.token)).toBeNull();
  expect(sidOf(restarted, FIRST.sid, 'rotated-token')).toBe(FIRST.sid);
});

test('changed tokens, new accounts and keys, and a suspension are noticed', async () => {
  const accounts = open();
  await table.refreshed();
  table.put(newAccount(SECOND, 'second-token'));
  table.put({ sid: FIRST.sid, authTokenSealed: sealer.seal('changed-token', FIRST.sid) });
  const key = { sid: `SK${SECOND.slice(2)}`, accountSid: SECOND, secretDigest: digestToken('a-secret') };
  table.putKey(key);
  await table.refreshed();
  expect(sidOf(accounts, SECOND, 'second-token')).toBe(SECOND);
  expect(sidOf(accounts, key.sid, 'a-secret')).toBe(SECOND);
  expect(sidOf(accounts, FIRST.sid, FIRST.token)).toBeNull();
  expect(sidOf(accounts, FIRST.sid, 'changed-token')).toBe(FIRST.sid);
  table.put({ sid: SECOND, status: 'suspended', secondaryTokenSealed: sealer.seal('other', SECOND) });
  table.putKey({ ...key, dateDeleted: '2026-11-24T10:00:00.000Z' });
  await table.refreshed();
  expect(accounts.book.authenticate(SECOND, 'other')?.account.status).toBe('suspended');
  expect(sidOf(accounts, key.sid, 'a-secret')).toBeNull();
});

test('accounts in memory go on while Postgres is away', async () => {
  const accounts = open();
  await table.refreshed();
  table.isAway = true;
  await table.refreshed();
  expect(sidOf(accounts, FIRST.sid, FIRST.token)).toBe(FIRST.sid);
});

test('before the database is there only the first account is known, and the state says so', async () => {
  let migrations = 0;
  const accounts = open({
    migrate: async () => {
      migrations += 1;
      if (migrations === 1) throw new StoreUnavailableError('Postgres is away');
    },
  });
  expect(accounts.state()).toBe('preparing');
  expect(accounts.book.isLoaded()).toBe(false);
  await expect.poll(() => accounts.state()).toBe('ready');
  expect([accounts.book.isLoaded(), migrations]).toEqual([true, 2]);
});

test('a database that refuses to be migrated is told to whoever waits', async () => {
  const migrate = () => Promise.reject(new StoreError('syntax error'));
  await expect(open({ migrate }).done).rejects.toThrow('syntax error');
});

test('an account sealed with another key is left out, and the others go on', async () => {
  table.put(newAccount(SECOND, 'second-token'));
  const accounts = open({ key: 'not-the-same-secret-key' });
  await table.refreshed();
  expect(sidOf(accounts, SECOND, 'second-token')).toBeNull();
  expect(sidOf(accounts, FIRST.sid, FIRST.token)).toBe(FIRST.sid);
});

test('the directory is brought up to the database at the start: also what a dead instance did not tell', async () => {
  table.put(newAccount(SECOND, 'second-token'));
  await directory.put({
    kind: 'account',
    sid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9fff',
    parentSid: null,
    status: 'active',
    currency: 'USD',
    authTokenSealed: '',
  });
  open();
  await expect
    .poll(() => [...directory.entries.keys()].sort())
    .toEqual([`account.${FIRST.sid}`, `account.${SECOND}`]);
});

test('what the directory did not take is told once it is back', async () => {
  const { ports } = open();
  await expect.poll(() => directory.entries.size).toBe(1);
  directory.isAway = true;
  const account = table.put({ sid: FIRST.sid, currency: 'EUR' });
  await ports.directory.putAccount(account.sid);
  expect(directory.account(FIRST.sid)?.currency).toBe('USD');
  directory.isAway = false;
  await expect.poll(() => directory.account(FIRST.sid)?.currency).toBe('EUR');
});

test('a directory that was lost with its server is filled again as soon as the bus is back', async () => {
  open();
  await expect.poll(() => directory.entries.size).toBe(1);
  directory.isAway = true;
  directory.entries.clear();
  returns += 1;
  await table.refreshed();
  directory.isAway = false;
  await expect.poll(() => directory.account(FIRST.sid)?.sid).toBe(FIRST.sid);
});

test('two changes of one account at once end as the later one, whichever is written last', async () => {
  const { ports } = open();
  await expect.poll(() => directory.entries.size).toBe(1);
  const put = directory.put.bind(directory);
  let writeFirst = () => {};
  directory.put = (entry) =>
    new Promise((resolve) => {
      directory.put = put;
      writeFirst = () => resolve(put(entry));
    });
  const first = ports.directory.putAccount(FIRST.sid);
  table.put({ sid: FIRST.sid, currency: 'EUR' });
  await expect.poll(() => ports.book.find(FIRST.sid)?.currency).toBe('EUR');
  await ports.directory.putAccount(FIRST.sid);
  writeFirst();
  await first;
  await expect.poll(() => directory.account(FIRST.sid)?.currency).toBe('EUR');
});
