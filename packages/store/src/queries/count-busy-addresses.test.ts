import { mintSid } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database.js';
import { migrate } from '../migrate.js';
import { countsOf, readCounts } from '../testing/count-model.js';
import { createTestDatabase, type TestDatabase } from '../testing.js';
import { countBusyAddresses } from './count-busy-addresses.js';
import { writeCalls } from './write-calls.js';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(server.url);
  database = openDatabase({ url: server.url, poolSize: 4, onError: () => {} });
});
afterAll(async () => {
  await database?.close();
  await server?.drop();
});

/** Calls from one number to many, of which so many are in the sample of one in 1,024. */
async function writeSampled(accountSid: string, wanted: number) {
  const statement = {
    name: '',
    text: 'select sid from unnest($1::text[]) sid where hashtext(sid) & 1023 = 0 limit $2',
    values: [Array.from({ length: 20_000 }, () => mintSid('CA')), wanted],
  };
  const { rows } = await database.run<{ sid: string }>(statement);
  const chosen = rows.map(({ sid }, index) =>
    queuedCall({ sid, accountSid, from: '+15559990000', to: `+1555${wanted}${index}` }),
  );
  await writeCalls(
    database,
    chosen.map((call) => ({ call, sequence: 1 })),
  );
  return chosen;
}

test('a number of which four calls are in the sample gets counters of its own, and others get none', async () => {
  const accountSid = mintSid('AC');
  const first = await writeSampled(accountSid, 3);
  expect(await countBusyAddresses(database)).toBe(0);
  expect(await readCounts(database, accountSid)).toEqual(countsOf(first));
  const calls = [...first, ...(await writeSampled(accountSid, 1))];
  expect(calls).toHaveLength(4);
  expect(await countBusyAddresses(database)).toBe(1);
  const busy = new Set(['f:15559990000']);
  expect(await readCounts(database, accountSid)).toEqual(countsOf(calls, busy));
  expect(await countBusyAddresses(database)).toBe(0);
});

test('counters that begin while calls are written miss none, and count none twice', async () => {
  const accountSid = mintSid('AC');
  const scope = 'f:15559990000';
  const calls = Array.from({ length: 200 }, () => queuedCall({ accountSid, from: '+15559990000' }));
  const writing = calls.map((call) => writeCalls(database, [{ call, sequence: 1 }]));
  const text = 'select count_address($1, $2)';
  const counting = [1, 2].map(() =>
    database.run({ name: 'count-address', text, values: [accountSid, scope] }),
  );
  await Promise.all([...writing, ...counting]);
  expect(await readCounts(database, accountSid)).toEqual(countsOf(calls, new Set([scope])));
});
