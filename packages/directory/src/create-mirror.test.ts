import { type DirectoryAccount, type DirectoryEntry, directoryKey } from '@trunkline/contracts';
import { beforeEach, expect, test } from 'vitest';
import { createMirror, type Mirror } from './create-mirror.js';
import { account, FakeSource, rate } from './testing/fake-source.js';

let target: FakeSource;
let mirror: Mirror;

beforeEach(() => {
  target = new FakeSource();
  mirror = createMirror({ target });
});

const NOTHING = { accounts: [], rates: [], trunks: [], numbers: [], clients: [] };

const entries = () => [...target.entries.values()];

test('each change is written', async () => {
  const one = account();
  const price = rate(one.sid, '49');
  await mirror.putAccount(one);
  await mirror.put({ kind: 'rate', rate: price });
  expect(entries()).toEqual([one, { kind: 'rate', rate: price }]);
  await mirror.remove({ kind: 'rate', rate: price });
  expect(entries()).toEqual([one]);
});

test('what the directory is not to know of an account is left out', async () => {
  const more = { ...account(), email: 'a@example.com' } as DirectoryAccount;
  await mirror.putAccount(more);
  await mirror.rebuild(async () => ({ ...NOTHING, accounts: [more], rates: [] }));
  expect(JSON.stringify(entries())).not.toContain('example.com');
  expect(target.writes).toHaveLength(1);
});

test('a rebuild writes what differs, and removes what is not there any more', async () => {
  const [same, changed, added] = [account(), account(), account()];
  const [kept, gone, fresh] = [rate(same.sid, '1'), rate(same.sid, '2'), rate(same.sid, '3')];
  await mirror.rebuild(async () => ({ ...NOTHING, accounts: [same, changed], rates: [kept, gone] }));
  target.writes.length = 0;
  const now = { ...changed, status: 'suspended' } as const;
  const shuffled = Object.fromEntries(Object.entries(same).reverse()) as DirectoryAccount;
  const result = await mirror.rebuild(async () => ({
    ...NOTHING,
    accounts: [shuffled, now, added],
    rates: [fresh, { ...kept }],
  }));
  const ofRate = (one: typeof kept): DirectoryEntry => ({ kind: 'rate', rate: one });
  expect(result).toEqual({ written: 3, removed: 1 });
  expect([...target.writes].sort()).toEqual(
    [
      `put ${directoryKey(now)}`,
      `put ${directoryKey(added)}`,
      `put ${directoryKey(ofRate(fresh))}`,
      `remove ${directoryKey(ofRate(gone))}`,
    ].sort(),
  );
  expect(
    await mirror.rebuild(async () => ({ ...NOTHING, accounts: [same, now, added], rates: [kept, fresh] })),
  ).toEqual({
    written: 0,
    removed: 0,
  });
});

test('a rate that another instance makes during a rebuild stays', async () => {
  const payer = account();
  const price = rate(payer.sid, '49');
  await mirror.putAccount(payer);
  const rates: (typeof price)[] = [];
  const list = target.list.bind(target);
  target.list = async () => {
    // It is in the database first.
    rates.push(price);
    await mirror.put({ kind: 'rate', rate: price });
    return list();
  };
  await mirror.rebuild(async () => ({ ...NOTHING, accounts: [payer], rates: [...rates] }));
  expect(target.writes.filter((write) => write.startsWith('remove'))).toEqual([]);
  expect(entries()).toContainEqual({ kind: 'rate', rate: price });
});

test('many are written at once, though not all, and the first failure ends it', async () => {
  let underWay = 0;
  let most = 0;
  let begun = 0;
  target.put = async () => {
    begun += 1;
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    if (begun > 500) throw new Error('the bus is away');
  };
  const accounts = Array.from({ length: 1_000 }, () => account());
  await expect(mirror.rebuild(async () => ({ ...NOTHING, accounts, rates: [] }))).rejects.toThrow(
    'the bus is away',
  );
  expect(most).toBeGreaterThan(10);
  expect(most).toBeLessThanOrEqual(64);
  expect(begun).toBeLessThan(650);
});
