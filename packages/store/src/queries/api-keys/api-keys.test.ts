import { mintSid } from '@trunkline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewApiKey } from '../../api-key.js';
import { ConflictError, StoreError } from '../../errors.js';
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

async function newKey(): Promise<NewApiKey> {
  const sid = mintSid('AC');
  await store.ensureAccount({ sid, email: '', friendlyName: '', authTokenSealed: Buffer.from([1]) });
  const secretDigest = Buffer.alloc(32, 7);
  return { sid: mintSid('SK'), accountSid: sid, friendlyName: 'ci', scope: 'read', secretDigest };
}

test('a key is created once, renamed, and read by whoever logs in with it', async () => {
  const key = await newKey();
  const created = await store.createApiKey(key);
  expect(created).toEqual({
    ...key,
    dateCreated: expect.stringMatching(/Z$/),
    dateUpdated: created.dateCreated,
    dateDeleted: null,
  });
  expect(await store.readApiKey(key.sid)).toEqual(created);
  await expect(store.createApiKey(key)).rejects.toThrow(ConflictError);
  await expect(store.createApiKey({ ...key, sid: mintSid('SK'), accountSid: mintSid('AC') })).rejects.toThrow(
    StoreError,
  );
  expect(await store.updateApiKey(key.accountSid, key.sid, { friendlyName: 'cd' })).toMatchObject({
    friendlyName: 'cd',
    scope: 'read',
  });
});

test('nobody changes or removes the key of another account', async () => {
  const key = await newKey();
  const { accountSid } = await newKey();
  await store.createApiKey(key);
  expect(await store.updateApiKey(accountSid, key.sid, { friendlyName: 'mine' })).toBeNull();
  expect(await store.deleteApiKey(accountSid, key.sid)).toBeNull();
  expect(await store.readApiKey(key.sid)).toMatchObject({ friendlyName: 'ci' });
});

test('a removed key is gone for everybody but those who keep a copy, who learn that it is', async () => {
  const [key, other] = [await newKey(), await newKey()];
  const { accountSid } = key;
  await store.createApiKey(key);
  await store.createApiKey({ ...other, accountSid });
  const removed = await store.deleteApiKey(accountSid, key.sid);
  expect(removed?.dateDeleted).not.toBeNull();
  expect(await store.readApiKey(key.sid)).toBeNull();
  expect(await store.deleteApiKey(accountSid, key.sid)).toBeNull();
  expect(await store.updateApiKey(accountSid, key.sid, { friendlyName: 'x' })).toBeNull();
  expect(await store.listApiKeysOf(accountSid, PAGE)).toMatchObject({ keys: [{ sid: other.sid }], total: 1 });
  expect((await store.listApiKeys()).map(({ sid }) => sid)).not.toContain(key.sid);
  expect(await store.listApiKeys(new Date(removed?.dateUpdated ?? 0))).toContainEqual(removed);
});
