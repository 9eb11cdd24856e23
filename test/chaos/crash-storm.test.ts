import { type FinalStatus, isFinalStatus } from '@trunkline/contracts';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';
import { eventually } from '../support/deadline.js';

let cluster: Cluster;
let customer: Customer;
let url: string;

beforeAll(async () => {
  const recorder = { RECONCILE_INTERVAL: '1', RECONCILE_AFTER: '2' };
  [cluster, customer] = await Promise.all([
    startCluster({ dialers: 2, env: { recorder } }),
    Customer.start(),
  ]);
  url = customer.serve('/script', '<Response><Pause length="1"/></Response>');
});

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

const VICTIMS: [string, NodeJS.Signals][] = [
  ['dialer-0', 'SIGKILL'],
  ['recorder', 'SIGKILL'],
  ['dialer-1', 'SIGTERM'],
  ['api', 'SIGKILL'],
  ['notifier', 'SIGKILL'],
  ['dialer-1', 'SIGKILL'],
];

test('while process after process dies, no accepted call is lost, rings twice or changes its end', async () => {
  const storm = { isOver: false };
  const [accepted] = await Promise.all([placeCallsUntil(storm), killOneAfterAnother(storm)]);
  expect(accepted.size).toBeGreaterThan(100);

  const ends = await eventually(60_000, 'every accepted call ends', async () => {
    const found = firstEnds();
    return [...accepted.keys()].every((sid) => found.has(sid)) ? found : null;
  });
  const { byNumber } = await cluster.numbers();
  const rungTwice = Object.entries(byNumber).filter(([, { invites }]) => invites > 1);
  expect(rungTwice).toEqual([]);
  await eventually(30_000, 'the record says of each call what was told first', async () => {
    const rows = await recordedStatuses();
    return [...accepted.keys()].every((sid) => rows.get(sid) === ends.get(sid)) ? rows : null;
  });
  // Most live on: only what the killed dialers held at that moment is cut short.
  const completed = [...accepted.keys()].filter((sid) => ends.get(sid) === 'completed');
  expect(completed.length).toBeGreaterThan(accepted.size * 0.6);
}, 180_000);

/** Posts call after call, each to a number of its own; a POST that meets a dead api is not accepted, and not counted. */
async function placeCallsUntil(storm: { isOver: boolean }): Promise<Map<string, string>> {
  const accepted = new Map<string, string>();
  const lines = Array.from({ length: 8 }, async (_, line) => {
    for (let n = 0; !storm.isOver; n++) {
      const to = `+1${line}${String(n).padStart(5, '0')}0001`;
      const call = await cluster.api.createCall({ From: '1', To: to, Url: url }).catch(() => null);
      if (call === null) await cluster.service('api').whenReady();
      else {
        accepted.set(call.sid, to);
        await cluster.events.of(call.sid, 'queued');
        await cluster.events.waitFor(
          'the call goes on',
          (event) => event.subject === call.sid && event.sequence > 2,
          60_000,
        );
      }
    }
  });
  await Promise.all(lines);
  return accepted;
}

async function killOneAfterAnother(storm: { isOver: boolean }): Promise<void> {
  for (const [label, signal] of VICTIMS) {
    const talking = cluster.events.entries.length;
    await eventually(60_000, 'calls go on', async () =>
      cluster.events.entries.length > talking + 40 ? true : null,
    );
    await cluster.service(label).kill(signal);
    await cluster.service(label).start();
  }
  storm.isOver = true;
}

/** How each call ended, as subscribers were told first. */
function firstEnds(): Map<string, FinalStatus> {
  const ends = new Map<string, FinalStatus>();
  for (const { subject, data } of cluster.events.entries) {
    if (isFinalStatus(data.status) && !ends.has(subject)) ends.set(subject, data.status);
  }
  return ends;
}

async function recordedStatuses(): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ sid: string; status: string }>('SELECT sid, status FROM calls');
    return new Map(rows.map(({ sid, status }) => [sid, status]));
  } finally {
    await client.end();
  }
}
