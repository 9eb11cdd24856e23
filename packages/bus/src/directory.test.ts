import { type DirectoryAccount, type DirectoryEntry, directoryKey, mintSid } from '@trunkline/contracts';
import { Log } from '@trunkline/contracts/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bus } from './bus.js';
import { accountEntry, createTestBus, rateEntry, type TestBus, watchInto } from './testing.js';

let cluster: TestBus;
let bus: Bus;

beforeEach(async () => {
  cluster = createTestBus(process.env.TEST_NATS_URL);
  bus = await cluster.connect();
});

afterEach(() => cluster.drop());

test('entries stay until they are removed', async () => {
  const [account, rate] = [accountEntry(), rateEntry()];
  await Promise.all([bus.directory.put(account), bus.directory.put(rate)]);
  const other = await cluster.connect();
  const listed = await other.directory.list();
  expect(listed.map(({ key }) => key).sort()).toEqual([directoryKey(account), directoryKey(rate)].sort());
  expect(listed.map(({ entry }) => entry)).toEqual(expect.arrayContaining([account, rate]));
  await other.directory.remove(directoryKey(rate));
  await other.directory.remove(directoryKey(rateEntry()));
  expect((await bus.directory.list()).map(({ entry }) => entry)).toEqual([account]);
});

test('a watch of an empty directory is ready, and told of what comes and goes', async () => {
  const seen = new Log<[string, DirectoryEntry | null] | 'ready'>();
  const watch = await watchInto(bus, seen);
  await seen.until('ready', (entries) => entries.length === 1);
  const rate = rateEntry();
  const key = directoryKey(rate);
  const writer = await cluster.connect();
  await writer.directory.put(rate);
  await writer.directory.remove(key);
  await writer.directory.put(rate);
  await seen.until('the changes', (entries) => entries.length === 4);
  expect(seen.entries).toEqual(['ready', [key, rate], [key, null], [key, rate]]);
  watch.stop();
  await writer.directory.remove(key);
  const next = new Log<[string, DirectoryEntry | null] | 'ready'>();
  await watchInto(bus, next);
  await next.until('ready', (entries) => entries.length > 0);
  expect(next.entries).toEqual(['ready']);
  expect(seen.entries).toHaveLength(4);
});

test('a watch is ready once all that is there was told, each in its last state', async () => {
  const accounts = Array.from({ length: 500 }, () => accountEntry());
  await Promise.all(accounts.map((entry) => bus.directory.put(entry)));
  const changed = accounts.map((entry): DirectoryAccount => ({ ...entry, currency: 'EUR' }));
  await Promise.all(changed.map((entry) => bus.directory.put(entry)));
  for (const round of [1, 2, 3]) {
    const seen = new Log<[string, DirectoryEntry | null] | 'ready'>();
    const watch = await watchInto(bus, seen);
    await seen.until(`ready in round ${round}`, (entries) => entries.includes('ready'));
    expect(seen.entries.at(-1)).toBe('ready');
    const told = new Map(seen.entries.filter((entry) => entry !== 'ready'));
    expect(told).toEqual(new Map(changed.map((entry) => [directoryKey(entry), entry])));
    watch.stop();
  }
});

test('an entry that is not of its schema is reported, and the others are told', async () => {
  const errors: Error[] = [];
  const strict = await cluster.connect({ onError: (error) => errors.push(error) });
  await bus.directory.put({ ...accountEntry(), currency: 'gold' });
  const good = accountEntry();
  await bus.directory.put(good);
  const seen = new Log<[string, DirectoryEntry | null] | 'ready'>();
  await watchInto(strict, seen);
  await seen.until('ready', (entries) => entries.includes('ready'));
  expect(seen.entries).toEqual([[directoryKey(good), good], 'ready']);
  expect(errors.map((error) => error.name)).toEqual(['MalformedMessageError']);
});

test('of many that claim an idempotency key one wins, and the others learn for which call', async () => {
  const other = await cluster.connect();
  const at = new Date().toISOString();
  const values = Array.from({ length: 20 }, () => ({ callSid: mintSid('CA'), bodyHash: 'ab', at }));
  const key = `${mintSid('AC')} order 1.2 > * ü${'x'.repeat(300)}`;
  const claims = await Promise.all(
    values.map((value, n) => (n % 2 ? bus : other).createKeys.claim(key, value)),
  );
  const winner = values.find((_, n) => claims[n]?.won);
  expect(claims.filter((claim) => claim.won)).toHaveLength(1);
  expect(claims.flatMap((claim) => (claim.won ? [] : [claim.held]))).toEqual(Array(19).fill(winner));
  expect(await bus.createKeys.claim(`${key}.`, values[0] as (typeof values)[0])).toEqual({ won: true });
  expect(await other.createKeys.claim(`${key}.`, values[0] as (typeof values)[0])).toEqual({ won: true });
});
