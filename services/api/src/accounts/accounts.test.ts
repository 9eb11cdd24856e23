import { createLogger } from '@trunkline/runtime';
import { type Account, type NewAccount, StoreError, StoreUnavailableError } from '@trunkline/store';
import { expect, test } from 'vitest';
import type { AccountTable } from '../ports.js';
import { openAccounts } from './open-accounts.js';
import { createTokenSealer } from './seal-token.js';

const log = createLogger({ service: 'api', level: 'silent' });
const FIRST = { sid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01', email: 'first@company.com', token: 'first-token' };
const SECOND = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f02';
const sealer = createTokenSealer('a-secret-key-for-tests');

/** The account table in memory: it tells when it was read. */
class Table implements AccountTable {
  readonly rows = new Map<string, Account>();
  isAway = false;
  private readonly readers: (() => void)[] = [];

  async ensureAccount(account: NewAccount): Promise<Account> {
    const row: Account = { ...account, status: 'active', dateCreated: '2026-11-24T10:00:00.000Z' };
    this.rows.set(account.sid, row);
    return row;
  }

  async listAccounts(): Promise<Account[]> {
    setImmediate(() => {
      for (const tell of this.readers.splice(0)) tell();
    });
    if (this.isAway) throw new StoreUnavailableError('Postgres is away');
    return [...this.rows.values()];
  }

  /** Resolves after the next two readings have been digested: the first may have been under way already. */
  async refreshed(): Promise<void> {
    for (let n = 0; n < 2; n += 1) await new Promise<void>((resolve) => this.readers.push(resolve));
  }
}

function open(table: Table, options: { first?: boolean; key?: string; migrate?: () => Promise<void> } = {}) {
  const stop = new AbortController();
  const { first = true, key = 'a-secret-key-for-tests', migrate = async () => {} } = options;
  const config = { SECRET_KEY: key, ACCOUNTS_REFRESH: 5, firstAccount: first ? FIRST : null };
  const accounts = openAccounts({ config, table, migrate, log, signal: stop.signal });
  return {
    ...accounts,
    stop: async () => {
      stop.abort();
      await accounts.done;
    },
  };
}

test('a sealed token is opened only with its key, for its account, and unchanged', () => {
  const sealed = sealer.seal('tökén', FIRST.sid);
  expect(sealed.includes('tökén')).toBe(false);
  expect(sealer.open(sealed, FIRST.sid)).toBe('tökén');
  expect(sealer.seal('tökén', FIRST.sid).equals(sealed)).toBe(false);
  expect(() => sealer.open(sealed, SECOND)).toThrow('SECRET_KEY');
  expect(() => createTokenSealer('another-secret-key').open(sealed, FIRST.sid)).toThrow('SECRET_KEY');
  for (const at of [0, 1, 13, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => sealer.open(changed, FIRST.sid)).toThrow(/token/);
  }
  expect(() => sealer.open(sealed.subarray(0, 20), FIRST.sid)).toThrow('no sealed token');
});

test('the first account can be used at once, by Sid and by email, and is stored sealed', async () => {
  const table = new Table();
  const accounts = open(table);
  expect(accounts.book.authenticate(FIRST.sid, FIRST.token)?.sid).toBe(FIRST.sid);
  expect(accounts.book.authenticate('First@Company.com', FIRST.token)?.sid).toBe(FIRST.sid);
  expect(accounts.book.authenticate(FIRST.sid, 'wrong')).toBeNull();
  expect(accounts.book.authenticate('nobody', FIRST.token)).toBeNull();
  await table.refreshed();
  expect(accounts.state()).toBe('ready');
  const row = table.rows.get(FIRST.sid);
  expect(row && sealer.open(row.authTokenSealed, FIRST.sid)).toBe(FIRST.token);
  await accounts.stop();
});

test('a changed token, a new account and a suspension are noticed', async () => {
  const table = new Table();
  const accounts = open(table);
  await table.refreshed();
  await table.ensureAccount(newAccount(SECOND, 'second-token'));
  await table.ensureAccount(newAccount(FIRST.sid, 'changed-token'));
  await table.refreshed();
  expect(accounts.book.authenticate(SECOND, 'second-token')?.sid).toBe(SECOND);
  expect(accounts.book.authenticate(FIRST.sid, FIRST.token)).toBeNull();
  expect(accounts.book.authenticate(FIRST.sid, 'changed-token')?.sid).toBe(FIRST.sid);
  table.rows.set(SECOND, { ...(table.rows.get(SECOND) as Account), status: 'suspended' });
  await table.refreshed();
  expect(accounts.book.authenticate(SECOND, 'second-token')?.status).toBe('suspended');
  await accounts.stop();
});

test('two accounts with one email are told apart by their tokens', async () => {
  const table = new Table();
  await table.ensureAccount({ ...newAccount(SECOND, 'second-token'), email: FIRST.email });
  const accounts = open(table);
  await table.refreshed();
  expect(accounts.book.authenticate(FIRST.email, FIRST.token)?.sid).toBe(FIRST.sid);
  expect(accounts.book.authenticate(FIRST.email, 'second-token')?.sid).toBe(SECOND);
  await accounts.stop();
});

test('accounts in memory go on while Postgres is away', async () => {
  const table = new Table();
  const accounts = open(table);
  await table.refreshed();
  table.isAway = true;
  await table.refreshed();
  expect(accounts.book.authenticate(FIRST.sid, FIRST.token)?.sid).toBe(FIRST.sid);
  await accounts.stop();
});

test('before the database is there only the first account is known, and the state says so', async () => {
  const table = new Table();
  let migrations = 0;
  let tellMigrated = () => {};
  const migrated = new Promise<void>((resolve) => {
    tellMigrated = resolve;
  });
  const accounts = open(table, {
    migrate: async () => {
      migrations += 1;
      if (migrations === 1) throw new StoreUnavailableError('Postgres is away');
      tellMigrated();
    },
  });
  expect(accounts.state()).toBe('preparing');
  expect(accounts.book.isLoaded()).toBe(false);
  await migrated;
  await table.refreshed();
  expect([accounts.state(), accounts.book.isLoaded()]).toEqual(['ready', true]);
  await accounts.stop();
});

test('a database that refuses to be migrated is told to whoever waits', async () => {
  const migrate = () => Promise.reject(new StoreError('syntax error'));
  await expect(open(new Table(), { migrate }).done).rejects.toThrow('syntax error');
});

test('an account sealed with another key is left out, and the others go on', async () => {
  const table = new Table();
  await table.ensureAccount(newAccount(SECOND, 'second-token'));
  const accounts = open(table, { key: 'not-the-same-secret-key' });
  await table.refreshed();
  expect(accounts.book.authenticate(SECOND, 'second-token')).toBeNull();
  expect(accounts.book.authenticate(FIRST.sid, FIRST.token)?.sid).toBe(FIRST.sid);
  await accounts.stop();
});

function newAccount(sid: string, token: string): NewAccount {
  return { sid, email: `${sid}@company.com`, friendlyName: sid, authTokenSealed: sealer.seal(token, sid) };
}
