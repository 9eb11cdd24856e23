import type { Fence, Lease, LiveCall } from '@trunkline/contracts';
import { mintSid, recordOf } from '@trunkline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bus } from './bus.js';
import { LiveCallTakenError } from './errors.js';
import { callStory, createTestBus, fenceOf, type TestBus } from './testing.js';

let cluster: TestBus;
let bus: Bus;

beforeAll(async () => {
  cluster = createTestBus(process.env.TEST_NATS_URL);
  bus = await cluster.connect();
});

afterAll(() => cluster.drop());

function liveCall(owner: string, sid = mintSid('CA')): LiveCall {
  const [event] = callStory(1, { sid });
  if (!event) throw new Error('no event');
  return { owner, record: recordOf(event), dialog: null };
}

function lease(dialerId: string): Lease {
  return {
    dialerId,
    sipAddress: '127.0.0.1:5060',
    startedAt: new Date().toISOString(),
    draining: false,
    trunks: {},
  };
}

test('of many that claim a call at once exactly one wins, and the others learn who', async () => {
  const other = await cluster.connect();
  const callSid = mintSid('CA');
  const fences = Array.from({ length: 20 }, (_, n) => fenceOf(`dialer-${n}`));
  const claims = await Promise.all(
    fences.map((fence, n) => (n % 2 ? bus : other).fences.claim(callSid, fence)),
  );
  const winners = fences.filter((_, n) => claims[n]?.won);
  expect(winners).toHaveLength(1);
  const losers = claims.filter((claim) => !claim.won);
  expect(losers.map((claim) => !claim.won && claim.held)).toEqual(losers.map(() => winners[0]));
});

test('a claim that is made again, since its answer was lost, is won again', async () => {
  const callSid = mintSid('CA');
  const fence = fenceOf('dialer-1');
  expect(await bus.fences.claim(callSid, fence)).toEqual({ won: true });
  const first = await bus.fences.read(callSid);
  expect(await bus.fences.claim(callSid, fence)).toEqual({ won: true });
  expect(await bus.fences.read(callSid)).toEqual(first);
  expect(first?.fence).toEqual(fence);
});

test('a fence is taken over only from the revision that was seen', async () => {
  const callSid = mintSid('CA');
  await bus.fences.claim(callSid, fenceOf('dialer-1'));
  const { revision } = (await bus.fences.claim(callSid, fenceOf('late'))) as { revision: number };
  const [second, third] = [fenceOf('dialer-2'), fenceOf('dialer-3')];
  expect(await bus.fences.takeOver(callSid, second, revision)).toBe(true);
  expect(await bus.fences.takeOver(callSid, third, revision)).toBe(false);
  expect(await bus.fences.takeOver(callSid, second, revision)).toBe(true);
  expect((await bus.fences.read(callSid))?.fence).toEqual(second);
});

test('a call that nobody claimed has no fence', async () => {
  expect(await bus.fences.read(mintSid('CA'))).toBeNull();
});

test('dialers are listed until they are released, whatever their ids', async () => {
  const ids = ['dialer-0', 'host.example.com:5060', 'Ünï *>'];
  await Promise.all(ids.map((id) => bus.leases.renew(lease(id))));
  expect((await bus.leases.list()).map((one) => one.dialerId).sort()).toEqual([...ids].sort());
  await Promise.all(ids.map((id) => bus.leases.release(id)));
  expect(await bus.leases.list()).toEqual([]);
});

test('live calls are listed, and read under the dialer that placed them', async () => {
  const [one, two, three] = [liveCall('d.1'), liveCall('d.1'), liveCall('d')];
  await Promise.all([one, two, three].map((entry) => bus.liveCalls.put(entry)));
  const sids = (entries: { entry: LiveCall }[]) => entries.map(({ entry }) => entry.record.call.sid).sort();
  const all = [one, two, three].map((entry) => entry.record.call.sid);
  expect(sids(await bus.liveCalls.list())).toEqual([...all].sort());
  expect((await bus.liveCalls.read('d', all[2] as string))?.entry).toEqual(three);
  expect(await bus.liveCalls.read('d', all[0] as string)).toBeNull();
  await Promise.all(
    [one, two, three].map((entry) => bus.liveCalls.remove(entry.owner, entry.record.call.sid)),
  );
  expect(await bus.liveCalls.list()).toEqual([]);
});

test('a live call is found by its Sid alone, also when it was taken over', async () => {
  const [entry, other] = [liveCall('finder.1'), liveCall('finder.2')];
  const { sid } = entry.record.call;
  await Promise.all([bus.liveCalls.put(entry), bus.liveCalls.put(other)]);
  const found = await bus.liveCalls.find(sid);
  expect(found?.entry).toEqual(entry);
  if (!found) throw new Error('not found');
  await bus.liveCalls.takeOver(found.key, { ...entry, owner: 'finder.3' }, found.revision);
  expect((await bus.liveCalls.find(sid))?.entry.owner).toBe('finder.3');
  expect(await bus.liveCalls.find(mintSid('CA'))).toBeNull();
});

test('a live call that was removed leaves nothing on the server', async () => {
  const entry = liveCall('tidy');
  await bus.liveCalls.put(entry);
  await bus.liveCalls.put({ ...entry, record: { ...entry.record, sequence: 2 } });
  await bus.liveCalls.remove('tidy', entry.record.call.sid);
  expect(await bus.liveCalls.read('tidy', entry.record.call.sid)).toBeNull();
  await bus.liveCalls.put(entry);
  expect((await bus.liveCalls.read('tidy', entry.record.call.sid))?.entry).toEqual(entry);
  const other = await cluster.connect();
  await other.liveCalls.remove('tidy', entry.record.call.sid);
  expect(await bus.liveCalls.find(entry.record.call.sid)).toBeNull();
});

test('one of two survivors takes a live call over, and its first owner cannot write over that', async () => {
  const [survivor, rival] = [await cluster.connect(), await cluster.connect()];
  const entry = liveCall('lost');
  await bus.liveCalls.put(entry);
  const { sid } = entry.record.call;
  const found = await survivor.liveCalls.find(sid);
  if (!found) throw new Error('not found');
  const revisions = await Promise.all([
    survivor.liveCalls.takeOver(found.key, { ...entry, owner: 'survivor' }, found.revision),
    rival.liveCalls.takeOver(found.key, { ...entry, owner: 'rival' }, found.revision),
  ]);
  expect(revisions.filter((revision) => revision !== null)).toHaveLength(1);
  const revision = revisions.find((one) => one !== null) as number;
  await expect(bus.liveCalls.put({ ...entry, record: { ...entry.record, sequence: 3 } })).rejects.toThrow(
    LiveCallTakenError,
  );
  await bus.liveCalls.remove('lost', sid);
  expect((await survivor.liveCalls.find(sid))?.entry.owner).toMatch(/survivor|rival/);
  expect(await survivor.liveCalls.removeAt(found.key, found.revision)).toBe(false);
  expect(await survivor.liveCalls.removeAt(found.key, revision)).toBe(true);
  expect(await survivor.liveCalls.find(sid)).toBeNull();
});

test('a value that is not of its schema is an error to who reads it, and is left out of lists', async () => {
  const faults: Error[] = [];
  const strict = await cluster.connect({ onError: (error) => faults.push(error) });
  await bus.leases.renew({ dialerId: 'broken' } as Lease);
  await bus.leases.renew(lease('whole'));
  expect((await strict.leases.list()).map((one) => one.dialerId)).toEqual(['whole']);
  expect(faults.map((fault) => fault.name)).toEqual(['MalformedMessageError']);
  const callSid = mintSid('CA');
  await bus.fences.claim(callSid, { owner: 'x' } as Fence);
  await expect(strict.fences.read(callSid)).rejects.toThrow('malformed');
});
