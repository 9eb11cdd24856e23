/**
 * What the API takes: accepted POSTs a second at most, their latency at a steady load, and lists a second; beside a bare
 * Hono route that accepts the same form and does nothing, in the same run. No dialer runs: accepting a call never waits
 * for one. Everything, load generator and servers included, shares the machine; so what a request costs is also told in
 * CPU time of the API's one process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Cluster, startCluster } from '../support/cluster.js';
import { type LoadResult, type LoadTarget, loadFully, loadSteadily, rateOf, spreadOf } from './http-load.js';
import { describeMachine, printTable } from './machine.js';

const SECONDS = 15;
const IN_FLIGHT = 64;
const STEADY_RATE = 500;

const cluster = await startCluster({ dialers: 0, env: quietLogs() });
const bare = await startBareRoute();
try {
  console.log(`1 api, 1 recorder, no dialer\n${describeMachine()}`);
  const login = Buffer.from(`${cluster.api.accountSid}:${cluster.api.authToken}`).toString('base64');
  const headers = { authorization: `Basic ${login}`, accept: 'application/json' };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = (n: number) =>
    `From=%2B15559990000&To=%2B1${5_550_000_000 + n}&Url=https%3A%2F%2Fexample.com%2Fscript`;
  const post: LoadTarget = {
    url: `${cluster.api.baseUrl}/2012-04-24/Calls`,
    method: 'POST',
    headers: { ...headers, ...form },
    body,
    expects: 201,
  };
  const list: LoadTarget = {
    url: `${cluster.api.baseUrl}/2012-04-24/Calls`,
    method: 'GET',
    headers,
    expects: 200,
  };
  const nothing: LoadTarget = { ...post, url: `http://127.0.0.1:${bare.port}/calls`, headers: form };

  await loadFully(nothing, { inFlight: IN_FLIGHT, seconds: 3 });
  await loadFully(post, { inFlight: IN_FLIGHT, seconds: 3 });
  const rows: [string, string][] = [];
  const bareLoad = await loadFully(nothing, { inFlight: IN_FLIGHT, seconds: SECONDS });
  rows.push(['bare Hono route, at most', rateOf(bareLoad)]);
  const posted = await measured(() => loadFully(post, { inFlight: IN_FLIGHT, seconds: SECONDS }));
  rows.push([
    'POST /Calls, at most',
    `${rateOf(posted.load)}, ${posted.cpu}, ${ratio(bareLoad, posted.load)}`,
  ]);
  const steady = await measured(() => loadSteadily(post, { rate: STEADY_RATE, seconds: SECONDS }));
  rows.push([
    `POST → 201 at ${STEADY_RATE}/s, p50 / p95 / p99 ms`,
    `${spreadOf(steady.load)}, ${steady.cpu}`,
  ]);
  const listed = await measured(() => loadFully(list, { inFlight: 16, seconds: SECONDS }));
  rows.push(['GET /Calls (50 of them, JSON), at most', `${rateOf(listed.load)}, ${listed.cpu}`]);
  await Promise.all(['recorder', 'notifier'].map((label) => cluster.service(label).kill('SIGTERM')));
  const alone = await measured(() => loadFully(post, { inFlight: IN_FLIGHT, seconds: SECONDS }));
  rows.push([
    'POST /Calls, at most, while nobody writes history',
    `${rateOf(alone.load)}, ${alone.cpu}, ${ratio(bareLoad, alone.load)}`,
  ]);
  const failed = [bareLoad, posted.load, steady.load, listed.load, alone.load].reduce(
    (sum, one) => sum + one.failed,
    0,
  );
  rows.push(['not answered as expected', String(failed)]);
  printTable('The API', rows);
  if (failed > 0) process.exitCode = 1;
} finally {
  bare.process.kill('SIGTERM');
  await cluster.stop();
}

function ratio(bareLoad: LoadResult, load: LoadResult): string {
  const share = load.done / load.seconds / (bareLoad.done / bareLoad.seconds);
  return `${(100 * share).toFixed(0)} % of the bare route`;
}

/** Runs a load, and tells what the API's process spent on each request. */
async function measured(run: () => Promise<LoadResult>): Promise<{ load: LoadResult; cpu: string }> {
  const before = await cpuSeconds(cluster);
  const load = await run();
  const spentMs = ((await cpuSeconds(cluster)) - before) * 1000;
  const perRequestMs = spentMs / (load.done + load.failed);
  return { load, cpu: `${perRequestMs.toFixed(2)} ms of CPU each` };
}

async function cpuSeconds({ service }: Cluster): Promise<number> {
  const text = await service('api').metrics();
  const [, value] = /^\w*process_cpu_seconds_total(?:\{[^}]*\})? ([\d.e+-]+)/m.exec(text) ?? [];
  if (value === undefined) throw new Error('the api does not tell its CPU time on /metrics');
  return Number(value);
}

async function startBareRoute(): Promise<{ process: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-route.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { process: child, port: Number(line) };
}

function quietLogs() {
  const env = { LOG_LEVEL: 'warn' };
  return { api: env, recorder: env, notifier: env, simulator: env };
}
