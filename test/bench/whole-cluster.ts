/**
 * Calls a second through the whole cluster against the simulator: POST, queue, fence, INVITE, answer, markup, BYE,
 * record. First at a steady 50 calls/s, for the latency; then with a fixed number of calls in progress, for the most
 * that this machine can do. Everything, load generator included, shares the machine.
 */
import type { CallEvent } from '@trunkline/contracts';
import pg from 'pg';
import { type Cluster, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';
import { eventually, within } from '../support/deadline.js';
import { CallWatch } from './call-watch.js';
import { describeMachine, percentile, printTable } from './machine.js';

const STEADY_RATE = 50;
const STEADY_SECONDS = 20;
const FULL_SECONDS = 30;
const IN_PROGRESS = 100;

const cluster = await startCluster({ dialers: 2, rtpPorts: 12_000, env: quietLogs() });
const customer = await Customer.start();
const url = customer.serve('/script', '<Response/>');
try {
  console.log(`Whole cluster: 1 api, 2 dialers, 1 recorder, 1 notifier, 1 simulator\n${describeMachine()}`);
  await runFull(5, new CallWatch());
  await report(`Steady: ${STEADY_RATE} calls/s offered for ${STEADY_SECONDS} s`, runSteady);
  await report(`Full: ${IN_PROGRESS} calls in progress at any moment for ${FULL_SECONDS} s`, (watch) =>
    runFull(FULL_SECONDS, watch),
  );
} finally {
  await Promise.all([cluster.stop(), customer.stop()]);
}

async function report(title: string, run: (watch: CallWatch) => Promise<void>): Promise<void> {
  const watch = new CallWatch();
  const before = await lagBuckets(cluster);
  const startedAt = Date.now();
  console.log(`\n… ${title}`);
  await run(watch);
  const seconds = (Date.now() - startedAt) / 1000;
  const ended = [...watch.calls.values()].filter((call) => call.status === 'completed').length;
  const rows = await countRows(watch);
  const { byNumber } = await cluster.numbers();
  const rungTwice = Object.values(byNumber).filter((number) => number.invites !== number.calls).length;
  const latency = (values: number[]) => `${percentile(values, 0.5)} / ${percentile(values, 0.99)} ms`;
  printTable(title, [
    [
      'calls',
      `${watch.calls.size} in ${seconds.toFixed(1)} s = ${(watch.calls.size / seconds).toFixed(0)} calls/s`,
    ],
    ['completed / not', `${ended} / ${watch.calls.size - ended}`],
    ['completed in the record', `${rows}`],
    ['rung twice', `${rungTwice}`],
    ['POST → 201, p50 / p99', latency(watch.postToAccept())],
    ['POST → INVITE, p50 / p99', latency(watch.postToInvite())],
    ['event → row, p50 / p99', lagBetween(before, await lagBuckets(cluster))],
  ]);
  if (ended !== watch.calls.size || rows !== ended || rungTwice > 0) process.exitCode = 1;
}

/** Open loop: a call falls due every 1/rate s, whether those before it are through or not. */
async function runSteady(watch: CallWatch): Promise<void> {
  await withEvents(watch, async () => {
    const startedAt = Date.now();
    const calls: Promise<void>[] = [];
    for (let n = 0; n < STEADY_RATE * STEADY_SECONDS; n++) {
      const wait = startedAt + (n * 1000) / STEADY_RATE - Date.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      calls.push(placeCall(watch, n));
    }
    await within(60_000, 'every call ends', Promise.all(calls));
  });
}

/** Closed loop: a new call for each that ended. */
async function runFull(seconds: number, watch: CallWatch): Promise<void> {
  await withEvents(watch, async () => {
    const until = Date.now() + seconds * 1000;
    let n = 0;
    const line = async () => {
      while (Date.now() < until) await placeCall(watch, n++);
    };
    await within(
      (seconds + 60) * 1000,
      'every call ends',
      Promise.all(Array.from({ length: IN_PROGRESS }, line)),
    );
  });
}

async function placeCall(watch: CallWatch, n: number): Promise<void> {
  const postedAt = Date.now();
  const call = await cluster.api.createCall({ From: '+15559990000', To: `+1${5_550_000 + n}0007`, Url: url });
  watch.accepted(call.sid, postedAt);
  await watch.ended(call.sid);
}

async function withEvents(watch: CallWatch, run: () => Promise<void>): Promise<void> {
  const take = (event: CallEvent) => watch.take(event);
  cluster.events.subscribe(take);
  try {
    await run();
  } finally {
    cluster.events.unsubscribe(take);
  }
}

async function countRows(watch: CallWatch): Promise<number> {
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  const sids = [...watch.calls.keys()];
  const sql = `SELECT count(*)::int AS n FROM calls WHERE sid = ANY($1) AND status = 'completed'`;
  try {
    const count = async () => (await client.query<{ n: number }>(sql, [sids])).rows[0]?.n ?? 0;
    const complete = eventually(30_000, 'every call is in the record', async () =>
      (await count()) === sids.length ? sids.length : null,
    );
    return await complete.catch(count);
  } finally {
    await client.end();
  }
}

function quietLogs() {
  const env = { LOG_LEVEL: 'warn' };
  return { api: env, dialer: env, recorder: env, notifier: env, simulator: env };
}

/** The recorder's histogram of the time from an event to its committed row: upper bounds in s and counts up to each. */
async function lagBuckets(from: Cluster): Promise<Map<number, number>> {
  const text = await from.service('recorder').metrics();
  const lines = text.matchAll(/^trunkline_event_row_lag_seconds_bucket\{[^}]*le="([^"]+)"[^}]*\} (\d+)/gm);
  return new Map(
    [...lines].map(([, bound, count]) => [Number(bound === '+Inf' ? Infinity : bound), Number(count)]),
  );
}

function lagBetween(before: Map<number, number>, after: Map<number, number>): string {
  const counts = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const);
  const total = counts.at(-1)?.[1] ?? 0;
  const below = (share: number) => counts.find(([, count]) => count >= total * share)?.[0] ?? Number.NaN;
  return `≤ ${below(0.5) * 1000} / ≤ ${below(0.99) * 1000} ms (${total} events)`;
}
