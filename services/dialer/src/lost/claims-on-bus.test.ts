import { randomBytes, randomUUID } from 'node:crypto';
import { type Bus, connectBus } from '@trunkline/bus';
import type { Fence } from '@trunkline/contracts';
import { systemClock } from '@trunkline/sip';
import { connect } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DIALOG } from '../testing/call-bench.js';
import { chargeBySecond } from '../testing/charge-by-second.js';
import { queuedRecord } from '../testing/queued-record.js';
import { createQuietLog } from '../testing/quiet-log.js';
import { settleLostClaim } from './settle-lost-claim.js';
import { createTakeOver, GRACE_MS } from './take-over.js';

const namespace = `t${randomBytes(6).toString('hex')}`;
const buses: Bus[] = [];
const AT = '2026-11-24T12:00:00.000Z';

beforeAll(async () => {
  for (const name of ['d1', 'd2', 'd3']) {
    buses.push(await connectBus({ url: natsUrl(), namespace, name }));
  }
});

afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  const url = new URL(natsUrl());
  const nats = await connect({ servers: url.host, ...(url.username ? login(url) : {}) });
  const manager = await nats.jetstreamManager();
  const names = (await manager.streams.names().next()).filter((name) => name.includes(namespace));
  await Promise.all(names.map((name) => manager.streams.delete(name)));
  await nats.close();
});

test('on the real bus, a dead dialer’s calls are each hung up on by one of two survivors, and told once', async () => {
  const [dead, ...survivors] = buses as [Bus, Bus, Bus];
  const byes: string[] = [];
  for (const id of ['d1', 'd2', 'd3']) {
    await dead.leases.renew({ dialerId: id, sipAddress: '', startedAt: AT, draining: false, trunks: {} });
  }
  const sids = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const record = queuedRecord({ status: 'in-progress' });
      const dialog = { ...DIALOG, callId: `call-${n}` };
      await dead.liveCalls.put({ owner: 'd1', record: { ...record, sequence: 4 }, dialog });
      return record.call.sid;
    }),
  );
  const watches = survivors.map((bus, n) =>
    createTakeOver({
      ...teller(`d${n + 2}`),
      clock: systemClock,
      leases: bus.leases,
      notes: bus.liveCalls,
      fences: bus.fences,
      heldForMs: () => GRACE_MS,
      holds: () => false,
      hangUp: async (dialog) => void byes.push(dialog.callId),
      events: bus.createOutbox(),
      onTaken: () => {},
      log: createQuietLog(),
    }),
  );
  await dead.leases.release('d1');
  for (const watch of watches) watch.start();
  await expect.poll(() => dead.liveCalls.list(), { timeout: 10_000 }).toEqual([]);
  for (const watch of watches) watch.stop();
  expect(byes.sort()).toEqual(sids.map((_, n) => `call-${n}`).sort());
});

test('on the real bus, a fence without note is taken over by one of many who find it', async () => {
  const [one, two] = buses as [Bus, Bus, Bus];
  const job = { ...queuedRecord(), reconciledAt: '2026-11-24T12:01:00.000Z' };
  const { sid } = job.call;
  await one.fences.claim(sid, fenceOf('lost'));
  const told: string[] = [];
  const results = await Promise.all(
    [one, two, one, two].map(async (bus, n) => {
      const owner = `e${n}`;
      const claim = await bus.fences.claim(sid, fenceOf(owner));
      if (claim.won) throw new Error('the fence was held');
      return settleLostClaim(job, claim, {
        ...teller(owner),
        fences: bus.fences,
        leases: bus.leases,
        notes: bus.liveCalls,
        heldForMs: () => GRACE_MS,
        events: { publish: ({ id }) => void told.push(id), settled: async () => {} },
      });
    }),
  );
  expect(results.sort()).toEqual(['ended', 'held', 'held', 'held']);
  expect(told).toEqual([`${sid}:102`]);
});

function teller(dialerId: string) {
  const source = `/trunkline/dialers/${dialerId}`;
  return { dialerId, source, now: () => new Date(), chargeFor: chargeBySecond };
}

function fenceOf(owner: string): Fence {
  return { owner, kind: 'dialer', claimId: randomUUID(), at: AT };
}

function natsUrl(): string {
  const url = process.env.TEST_NATS_URL;
  if (!url) throw new Error('TEST_NATS_URL is not set: run the tests with "npm test"');
  return url;
}

function login({ username, password }: URL): { token: string } | { user: string; pass: string } {
  if (!password) return { token: decodeURIComponent(username) };
  return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
}
