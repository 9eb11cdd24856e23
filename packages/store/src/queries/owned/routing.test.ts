import { mintSid } from '@trunkline/contracts';
import { plainTrunk } from '@trunkline/contracts/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewClient } from '../../client.js';
import { ConflictError, LimitReachedError, StoreError } from '../../errors.js';
import { migrate } from '../../migrate.js';
import type { NewPhoneNumber } from '../../phone-number.js';
import { openStore, type Store } from '../../store.js';
import { createTestDatabase, type TestDatabase } from '../../testing.js';
import type { EnvironmentTrunk, NewTrunk } from '../../trunk.js';

let database: TestDatabase;
let store: Store;
let accountSid: string;

beforeAll(async () => {
  database = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(database.url);
  store = openStore({ url: database.url });
  accountSid = await newAccount();
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

async function newAccount(): Promise<string> {
  const sid = mintSid('AC');
  const authTokenSealed = Buffer.from([1]);
  await store.ensureAccount({ sid, email: '', friendlyName: '', authTokenSealed });
  return sid;
}

function newTrunk(changes: Partial<NewTrunk> = {}): NewTrunk {
  const { dateCreated: _, dateUpdated: __, ...trunk } = plainTrunk({ accountSid, ...changes });
  return trunk;
}

const VOICE = {
  url: 'https://example.com/voice',
  method: 'GET',
  fallbackUrl: null,
  fallbackMethod: 'POST',
  statusCallback: 'https://example.com/status',
  statusCallbackMethod: 'POST',
  statusCallbackEvents: ['ringing', 'completed'],
} as const;

const newNumber = (changes: Partial<NewPhoneNumber> = {}): NewPhoneNumber => ({
  sid: mintSid('PN'),
  accountSid,
  phoneNumber: '+15551230001',
  friendlyName: 'desk',
  voice: { ...VOICE, statusCallbackEvents: [...VOICE.statusCallbackEvents] },
  ...changes,
});

const newClient = (changes: Partial<NewClient> = {}): NewClient => ({
  sid: mintSid('CL'),
  accountSid,
  login: 'alice',
  friendlyName: 'Alice',
  enabled: true,
  passwordSealed: 'c2VhbGVk',
  voice: { ...VOICE, statusCallbackEvents: [] },
  ...changes,
});

const STAMPS = { dateCreated: expect.stringMatching(/Z$/), dateUpdated: expect.stringMatching(/Z$/) };
const ALL = { page: 0, pageSize: 100 };

test('a trunk is given back as it was written, absent values and lists too', async () => {
  const plain = newTrunk();
  expect(await store.createTrunk(plain)).toEqual({ ...plain, ...STAMPS, environmentPlace: null });
  const full = newTrunk({
    ...{ outboundProxy: 'sip:proxy.example', fromDomain: 'a.example', port: null, transport: null },
    ...{ maxChannels: 10, maxCallsPerSecond: 5, sessionExpiresSeconds: 1800, register: true },
    ...{ username: 'u', passwordSealed: 'c2VhbGVk', publicAddress: '192.0.2.9', numberPrefix: '00' },
    inboundAddresses: ['192.0.2.0/24', '2001:db8::1'],
  });
  const created = await store.createTrunk(full);
  expect(await store.readTrunk(accountSid, full.sid)).toEqual(created);
  expect(created).toEqual({ ...full, ...STAMPS, environmentPlace: null });
  expect(await store.listTrunks()).toContainEqual({ ...full, ...STAMPS });
  await expect(store.createTrunk(newTrunk({ accountSid: mintSid('AC') }))).rejects.toThrow(StoreError);
});

test('a change is only of what is given, also to nothing, and only by its account', async () => {
  const trunk = await store.createTrunk(newTrunk({ maxChannels: 3 }));
  const changes = { maxChannels: null, enabled: false, inboundAddresses: ['192.0.2.7'] };
  expect(await store.updateTrunk(mintSid('AC'), trunk.sid, () => changes)).toBeNull();
  const changed = await store.updateTrunk(accountSid, trunk.sid, () => changes);
  expect(changed).toEqual({ ...trunk, ...changes, dateUpdated: changed?.dateUpdated });
  expect(await store.deleteTrunk(mintSid('AC'), trunk.sid)).toBeNull();
  expect(await store.deleteTrunk(accountSid, trunk.sid)).toEqual(changed);
  expect(await store.readTrunk(accountSid, trunk.sid)).toBeNull();
});

test('a change is decided by the trunk as it is: two at once see one another', async () => {
  const owner = await newAccount();
  const { sid } = await store.createTrunk(
    newTrunk({ accountSid: owner, username: 'u', passwordSealed: 'c2VhbGVk' }),
  );
  const register = store.updateTrunk(owner, sid, ({ username }) => {
    if (username === null) throw new RangeError('nobody to register');
    return { register: true };
  });
  const forget = store.updateTrunk(owner, sid, (before) => {
    if (before.register) throw new RangeError('it registers');
    return { username: null, passwordSealed: null };
  });
  const done = await Promise.allSettled([register, forget]);
  expect(done.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const trunk = await store.readTrunk(owner, sid);
  expect(trunk?.register).toBe(trunk?.username !== null);
});

test('many that come at once do not pass the most that an account may have', async () => {
  const [owner, other] = [await newAccount(), await newAccount()];
  const environmentMark = Buffer.from('m');
  const fromEnvironment = { ...newTrunk({ accountSid: owner }), environmentPlace: 1, environmentMark };
  await store.keepEnvironmentTrunks([fromEnvironment]);
  const making = Array.from({ length: 12 }, (_, n) => [
    store.createTrunk(newTrunk({ accountSid: owner }), 3),
    store.createPhoneNumber(newNumber({ accountSid: owner, phoneNumber: `+1555700${n}` }), 3),
    store.createClient(newClient({ accountSid: owner, login: `c${n}` }), 3),
  ]);
  const done = await Promise.allSettled(making.flat());
  const refused = done.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(refused).toHaveLength(3 * 9);
  for (const reason of refused) expect(reason).toEqual(new LimitReachedError(3));
  const totals = [store.listTrunksOf, store.listPhoneNumbersOf, store.listClientsOf].map(
    async (list) => (await list(owner, {}, ALL)).total,
  );
  expect(await Promise.all(totals)).toEqual([4, 3, 3]);
  const beyond = newClient({ accountSid: owner, login: 'beyond' });
  await expect(store.createClient(beyond, 3)).rejects.toThrow(LimitReachedError);
  expect(await store.createClient(beyond, 0)).toMatchObject({ login: 'beyond' });
  expect(await store.createClient(newClient({ accountSid: other }), 1)).toMatchObject({ accountSid: other });
  await store.keepEnvironmentTrunks([]);
});

test('below the top, accounts count together with those that they make', async () => {
  const below = async (parentSid: string) => {
    const account = {
      sid: mintSid('AC'),
      parentSid,
      email: '',
      friendlyName: '',
      authTokenSealed: Buffer.of(1),
    };
    return (await store.createAccount(account)).sid;
  };
  const top = await newAccount();
  const [customer, other] = [await below(top), await below(top)];
  const [own, another] = [await below(customer), await below(customer)];
  const deep = await below(own);
  const login = (n: number) => ({ login: `branch-${n}` });
  const done = await Promise.allSettled(
    [customer, own, another, deep, deep, customer].map((owner, n) =>
      store.createClient(newClient({ accountSid: owner, ...login(n) }), 4),
    ),
  );
  expect(done.map(({ status }) => status).sort()).toEqual([
    ...Array(4).fill('fulfilled'),
    ...Array(2).fill('rejected'),
  ]);
  for (const owner of [other, top]) await store.createClient(newClient({ accountSid: owner }), 1);
  const more = newClient({ accountSid: deep, login: 'more' });
  await expect(store.createClient(more, 4)).rejects.toThrow(LimitReachedError);
});

test('trunks are listed in the order in which they are tried', async () => {
  const owner = await newAccount();
  for (const priority of [20, 10, 15]) {
    await store.createTrunk(newTrunk({ accountSid: owner, priority, name: `p${priority}` }));
  }
  const { items, total } = await store.listTrunksOf(owner, {}, { page: 0, pageSize: 2 });
  expect([items.map(({ name }) => name), total]).toEqual([['p10', 'p15'], 3]);
  const { items: named } = await store.listTrunksOf(owner, { name: 'p20' }, ALL);
  expect(named.map(({ priority }) => priority)).toEqual([20]);
});

test('trunks of the environment follow it, and are left alone while it says the same', async () => {
  const owner = await newAccount();
  const other = await store.createTrunk(newTrunk({ accountSid: owner, priority: 99 }));
  const one = (place: number, mark: string, changes: Partial<NewTrunk> = {}): EnvironmentTrunk => ({
    ...newTrunk({ sid: `TK${String(place).repeat(32)}`, accountSid: owner, priority: place, ...changes }),
    environmentPlace: place,
    environmentMark: Buffer.from(mark),
  });
  const hosts = async () => {
    const { items } = await store.listTrunksOf(owner, {}, ALL);
    return items.map(({ host, environmentPlace, dateUpdated }) => [host, environmentPlace, dateUpdated]);
  };
  await store.keepEnvironmentTrunks([one(1, 'a', { host: 'a' }), one(2, 'b', { host: 'b' })]);
  const before = await hosts();
  expect(before.map(([host, place]) => [host, place])).toEqual([
    ['a', 1],
    ['b', 2],
    [other.host, null],
  ]);
  await store.keepEnvironmentTrunks([one(1, 'a', { host: 'ignored' }), one(2, 'c', { host: 'c' })]);
  const after = await hosts();
  expect(after[0]).toEqual(before[0]);
  expect(after[1]?.slice(0, 2)).toEqual(['c', 2]);
  await store.keepEnvironmentTrunks([]);
  expect(await hosts()).toEqual([[other.host, null, other.dateUpdated]]);
});

test('several instances that start at once with other trunks do not stand in one another’s way', async () => {
  const owner = await newAccount();
  const sids = Array.from({ length: 3 }, () => mintSid('TK')).reverse();
  const listOf = (count: number, mark: string): EnvironmentTrunk[] =>
    sids.slice(0, count).map((sid, index) => ({
      ...newTrunk({ accountSid: owner, sid, host: mark }),
      environmentPlace: index + 1,
      environmentMark: Buffer.from(mark),
    }));
  const starts = Array.from({ length: 40 }, (_, n) => listOf(1 + (n % 3), `host-${n}`));
  await Promise.all(starts.map((trunks) => store.keepEnvironmentTrunks(trunks)));
  const { items } = await store.listTrunksOf(owner, {}, ALL);
  expect(new Set(items.map(({ host }) => host)).size).toBe(1);
  await store.keepEnvironmentTrunks([]);
});

test('a number has one owner, with and without its plus', async () => {
  const number = newNumber({ phoneNumber: '+15559000001' });
  const created = await store.createPhoneNumber(number);
  expect(created).toEqual({ ...number, ...STAMPS });
  const again = newNumber({ phoneNumber: '15559000001', accountSid: await newAccount() });
  await expect(store.createPhoneNumber(again)).rejects.toThrow(ConflictError);
  const changes = { friendlyName: 'front', voice: { url: null, method: 'POST' as const } };
  const changed = await store.updatePhoneNumber(accountSid, number.sid, changes);
  expect(changed).toMatchObject({ friendlyName: 'front', voice: { ...number.voice, ...changes.voice } });
  expect(await store.deletePhoneNumber(accountSid, number.sid)).toEqual(changed);
  expect(await store.createPhoneNumber(again)).toMatchObject({ phoneNumber: '15559000001' });
});

test.each([
  ['+1555', ['+15558000002', '+15558000001']],
  ['5558000001', ['+15558000001']],
  ['80*0001', ['+15558000001']],
  ['+5558', []],
  ['%', ['44', '+15558000002', '+15558000001']],
])('numbers are found by %s', async (phoneNumber, found) => {
  const owner = await newAccount();
  const all = ['+15558000001', '+15558000002', '44'];
  for (const one of all) {
    await store.createPhoneNumber(newNumber({ accountSid: owner, phoneNumber: one }));
  }
  const { items } = await store.listPhoneNumbersOf(owner, { phoneNumber }, ALL);
  expect(items.map((item) => item.phoneNumber)).toEqual(found);
  for (const { sid } of (await store.listPhoneNumbersOf(owner, {}, ALL)).items) {
    await store.deletePhoneNumber(owner, sid);
  }
});

test('a login is there once an account, in its case', async () => {
  const client = newClient();
  const created = await store.createClient(client);
  expect(created).toEqual({ ...client, ...STAMPS });
  await expect(store.createClient(newClient())).rejects.toThrow(ConflictError);
  await store.createClient(newClient({ login: 'Alice' }));
  const elsewhere = await store.createClient(newClient({ accountSid: await newAccount() }));
  expect(await store.listClients()).toEqual(expect.arrayContaining([created, elsewhere]));
  const { items } = await store.listClientsOf(accountSid, { login: 'alice' }, ALL);
  expect(items).toEqual([created]);
  const changed = await store.updateClient(accountSid, client.sid, { enabled: false });
  expect(changed).toEqual({ ...created, enabled: false, dateUpdated: changed?.dateUpdated });
  expect(await store.deleteClient(accountSid, client.sid)).toEqual(changed);
  expect(await store.readClient(accountSid, client.sid)).toBeNull();
});
