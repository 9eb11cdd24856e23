import { mintSid } from '@trunkline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConflictError, StoreError } from '../../errors.js';
import { migrate } from '../../migrate.js';
import type { NewRate } from '../../rate.js';
import { openStore, type Store } from '../../store.js';
import { createTestDatabase, type TestDatabase } from '../../testing.js';

let database: TestDatabase;
let store: Store;
let accountSid: string;

beforeAll(async () => {
  database = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(database.url);
  store = openStore({ url: database.url });
  accountSid = mintSid('AC');
  await store.ensureAccount({
    sid: accountSid,
    email: '',
    friendlyName: '',
    authTokenSealed: Buffer.from([1]),
  });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let lastPrefix = 100;

function newRate(changes: Partial<NewRate> = {}): NewRate {
  lastPrefix += 1;
  return {
    ...{ sid: mintSid('RT'), accountSid, direction: 'outbound', prefix: String(lastPrefix) },
    ...{ description: 'US', currency: 'USD', connectionFee: '0', pricePerMinute: '0.0125' },
    incrementSeconds: 60,
    ...changes,
  };
}

test.each(['0', '0.10', '0.000001', '1.50', '999999999.999999'])(
  'money %s is given back as it was written',
  async (pricePerMinute) => {
    const rate = newRate({ pricePerMinute, connectionFee: pricePerMinute });
    const created = await store.createRate(rate);
    const dateCreated = expect.stringMatching(/Z$/);
    expect(created).toEqual({ ...rate, dateCreated, dateUpdated: dateCreated });
    expect(await store.readRate(accountSid, rate.sid)).toEqual(created);
  },
);

test.each(['-1', 'NaN', 'Infinity', '1000000000', ''])('money %j is refused', async (connectionFee) => {
  await expect(store.createRate(newRate({ connectionFee }))).rejects.toThrow(StoreError);
});

test('there is one rate an account, direction and prefix', async () => {
  const rate = await store.createRate(newRate());
  const { direction, prefix } = rate;
  await expect(store.createRate(newRate({ prefix }))).rejects.toThrow(ConflictError);
  const inbound = await store.createRate(newRate({ prefix, direction: 'inbound' }));
  await expect(store.updateRate(accountSid, inbound.sid, { direction })).rejects.toThrow(ConflictError);
  expect(await store.deleteRate(accountSid, rate.sid)).toEqual(rate);
  expect(await store.deleteRate(accountSid, rate.sid)).toBeNull();
  expect(await store.updateRate(accountSid, inbound.sid, { direction })).toMatchObject({ direction, prefix });
});

test('a change is only of what is given, and only by its account', async () => {
  const rate = await store.createRate(newRate());
  const changes = { pricePerMinute: '2.5', description: 'new' };
  expect(await store.updateRate(mintSid('AC'), rate.sid, changes)).toBeNull();
  expect(await store.readRate(mintSid('AC'), rate.sid)).toBeNull();
  const changed = await store.updateRate(accountSid, rate.sid, changes);
  expect(changed).toEqual({ ...rate, ...changes, dateUpdated: changed?.dateUpdated });
});

test('an account’s rates are listed by prefix, and those of all for whoever keeps a copy', async () => {
  const sid = mintSid('AC');
  await store.ensureAccount({ sid, email: '', friendlyName: '', authTokenSealed: Buffer.from([1]) });
  for (const prefix of ['49', '1', '', '4']) await store.createRate(newRate({ accountSid: sid, prefix }));
  await store.createRate(newRate({ accountSid: sid, prefix: '9', direction: 'inbound' }));
  const { rates, total } = await store.listRatesOf(sid, {}, { page: 0, pageSize: 4 });
  expect(rates.map(({ prefix }) => prefix)).toEqual(['9', '', '1', '4']);
  expect(total).toBe(5);
  const narrow = { direction: 'outbound', prefix: '4' } as const;
  expect(await store.listRatesOf(sid, narrow, { page: 0, pageSize: 4 })).toMatchObject({
    rates: [{ prefix: '4' }, { prefix: '49' }],
    total: 2,
  });
  const all = await store.listRates();
  expect(all.filter(({ accountSid: owner }) => owner === sid)).toHaveLength(5);
});
