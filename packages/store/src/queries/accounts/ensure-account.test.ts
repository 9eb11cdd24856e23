import { mintSid } from '@trunkline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

test('an account is created once, and later starts only give it their token, address and name', async () => {
  const sid = mintSid('AC');
  const first = { sid, email: 'a@example.com', friendlyName: 'A', authTokenSealed: Buffer.from([1, 2]) };
  const created = await store.ensureAccount(first);
  const again = await store.ensureAccount({
    ...first,
    email: 'b@example.com',
    authTokenSealed: Buffer.from([3]),
  });
  const { dateUpdated } = again;
  expect(again).toEqual({
    ...created,
    email: 'b@example.com',
    authTokenSealed: Buffer.from([3]),
    dateUpdated,
  });
  expect(await store.listAccounts()).toEqual([again]);
});

test('a start changes nothing else of the account', async () => {
  const account = { sid: mintSid('AC'), email: '', friendlyName: '', authTokenSealed: Buffer.from([1]) };
  await store.ensureAccount(account);
  const changes = { status: 'suspended', concurrentCalls: 4, currency: 'EUR' } as const;
  await store.updateAccount(account.sid, changes);
  expect(await store.ensureAccount(account)).toMatchObject(changes);
});

test('several starts at once agree on one account', async () => {
  const account = {
    sid: mintSid('AC'),
    email: 'c@example.com',
    friendlyName: 'C',
    authTokenSealed: Buffer.from([9]),
  };
  const made = await Promise.all([1, 2, 3].map(() => store.ensureAccount(account)));
  expect(new Set(made.map(({ dateCreated }) => dateCreated)).size).toBe(1);
});

test('a token of the environment that was given before does not undo a rotation; another one counts', async () => {
  const sid = mintSid('AC');
  const account = {
    sid,
    email: 'd@example.com',
    friendlyName: 'D',
    authTokenSealed: Buffer.from([1]),
    environmentMark: Buffer.from([101]),
  };
  await store.ensureAccount(account);
  await store.updateAccount(sid, { authTokenSealed: Buffer.from([2]), friendlyName: 'Dora' });
  const restarted = await store.ensureAccount({ ...account, authTokenSealed: Buffer.from([3]) });
  expect(restarted).toMatchObject({ authTokenSealed: Buffer.from([2]), friendlyName: 'Dora' });
  const changed = { ...account, authTokenSealed: Buffer.from([4]), environmentMark: Buffer.from([104]) };
  expect(await store.ensureAccount(changed)).toMatchObject({ authTokenSealed: Buffer.from([4]) });
});
