import { mintSid } from '@trunkline/contracts';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_ACCOUNT_DEPTH, type NewAccount } from '../../account.js';
import { ConflictError } from '../../errors.js';
import { migrate } from '../../migrate.js';
import { openStore, type Store } from '../../store.js';
import { createTestDatabase, type TestDatabase } from '../../testing.js';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(database.url);
  store = openStore({ url: database.url });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const PAGE = { page: 0, pageSize: 50 };

function newAccount(changes: Partial<NewAccount> = {}): NewAccount {
  const sid = mintSid('AC');
  return {
    sid,
    email: `${sid}@example.com`,
    friendlyName: 'A',
    authTokenSealed: Buffer.from([1]),
    ...changes,
  };
}

const create = (changes?: Partial<NewAccount>) => store.createAccount(newAccount(changes));

test('an account is created with what it was given, and read back', async () => {
  const parent = await create({ currency: 'EUR' });
  const limits = { requestsPerSecond: 2.5, concurrentCalls: 7 };
  const account = newAccount({ parentSid: parent.sid, ...limits });
  const created = await store.createAccount(account);
  expect(created).toEqual({
    ...account,
    ...limits,
    ...{ parentSid: parent.sid, status: 'active', currency: 'EUR' },
    ...{ secondaryTokenSealed: null, secondaryExpires: null },
    ...{ dateCreated: expect.stringMatching(/Z$/), dateUpdated: created.dateCreated },
  });
  expect(await store.readAccount(account.sid)).toEqual(created);
  expect(parent).toMatchObject({ parentSid: null, requestsPerSecond: null, concurrentCalls: null });
  await expect(store.createAccount(account)).rejects.toThrow(ConflictError);
});

test('accounts stand below accounts so deep and no deeper, and below none that is closed or not there', async () => {
  let parentSid = (await create()).sid;
  for (let depth = 1; depth <= MAX_ACCOUNT_DEPTH; depth += 1) parentSid = (await create({ parentSid })).sid;
  await expect(create({ parentSid })).rejects.toThrow(ConflictError);
  await expect(create({ parentSid: mintSid('AC') })).rejects.toThrow(ConflictError);
  const closed = await create();
  await store.updateAccount(closed.sid, { status: 'closed' });
  await expect(create({ parentSid: closed.sid })).rejects.toThrow(ConflictError);
});

test('a change is only of what is given', async () => {
  const before = await create();
  const secondary = { secondaryTokenSealed: Buffer.from([2]), secondaryExpires: '2026-11-25T10:00:00.123Z' };
  const changes = { ...secondary, friendlyName: 'B', currency: 'GBP', concurrentCalls: 3 };
  const after = await store.updateAccount(before.sid, changes);
  expect(after).toEqual({ ...before, ...changes, dateUpdated: after?.dateUpdated });
  const removed = await store.updateAccount(before.sid, {
    secondaryTokenSealed: null,
    concurrentCalls: null,
  });
  expect(removed).toMatchObject({ secondaryTokenSealed: null, concurrentCalls: null, friendlyName: 'B' });
  expect(await store.updateAccount(mintSid('AC'), changes)).toBeNull();
});

test('a suspended account can be woken; a closed one is closed for ever, and can be renamed', async () => {
  const { sid } = await create();
  await store.updateAccount(sid, { status: 'suspended' });
  expect(await store.updateAccount(sid, { status: 'active' })).toMatchObject({ status: 'active' });
  await store.updateAccount(sid, { status: 'closed' });
  await expect(store.updateAccount(sid, { status: 'active' })).rejects.toThrow(ConflictError);
  await expect(store.updateAccount(sid, { status: 'suspended' })).rejects.toThrow(ConflictError);
  expect(await store.updateAccount(sid, { status: 'closed', friendlyName: 'old' })).toMatchObject({
    status: 'closed',
    friendlyName: 'old',
  });
});

test('a login finds its account by Sid or email in any case, the oldest of those that share one', async () => {
  const email = 'Zoe@Example.com';
  const [first] = [await create({ email }), await create({ email })];
  expect(await store.findAccount('ZOE@EXAMPLE.COM')).toEqual(first);
  expect(await store.findAccount(first.sid.toUpperCase())).toEqual(first);
  expect(await store.findAccount(first.sid.toLowerCase())).toEqual(first);
  for (const nobody of ['', 'nobody', '%', 'nul\0']) expect(await store.findAccount(nobody)).toBeNull();
});

test('what has changed is listed, without the accounts that were left alone', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const [quiet, busy] = [await create(), await create()];
  await client.query("update accounts set date_updated = now() - interval '1 hour'");
  await client.end();
  const since = new Date(Date.now() - 60_000);
  expect(await store.listAccounts(since)).toEqual([]);
  const changed = await store.updateAccount(busy.sid, { status: 'suspended' });
  expect(await store.listAccounts(since)).toEqual([changed]);
  // Some that were stamped before and committed after the copy was made would be missed otherwise.
  expect(await store.listAccounts(new Date(changed?.dateUpdated ?? 0))).toEqual([changed]);
  expect((await store.listAccounts()).map(({ sid }) => sid)).toContain(quiet.sid);
});

test('an account lists itself and those right below it', async () => {
  const top = await create();
  const [a, b] = [
    await create({ parentSid: top.sid, friendlyName: 'shop' }),
    await create({ parentSid: top.sid, friendlyName: 'shop' }),
  ];
  await create({ parentSid: a.sid });
  await store.updateAccount(b.sid, { status: 'suspended' });
  const list = async (filter: Parameters<Store['listChildren']>[1]) =>
    (await store.listChildren(top.sid, filter, PAGE)).accounts.map(({ sid }) => sid);
  expect(await list({})).toEqual([top, a, b].map(({ sid }) => sid));
  expect(await list({ friendlyName: 'shop' })).toEqual([a.sid, b.sid]);
  expect(await list({ friendlyName: 'shop', status: 'active' })).toEqual([a.sid]);
  expect(await store.listChildren(top.sid, {}, { page: 1, pageSize: 2 })).toMatchObject({
    accounts: [{ sid: b.sid }],
    total: 3,
  });
});
