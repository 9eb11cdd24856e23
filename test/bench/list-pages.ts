/**
 * Pages of a list of ten million calls of one account, through HTTP: the first, the next, the middle and the last one,
 * without a filter and with each of several, exact total included. Beside it, on the same table: what plain LIMIT, OFFSET
 * and count(*) take. Every total is held against a count of the rows.
 *
 * `npm run bench:list -- 1000000` takes another number of calls.
 */

import { loadCalls } from '@trunkline/store/testing';
import pg from 'pg';
import { startCluster } from '../support/cluster.js';
import { type LoadTarget, loadOneByOne } from './http-load.js';
import { describeMachine, percentile, printTable } from './machine.js';

const CALLS = Number(process.argv[2] ?? 10_000_000);
const PAGE_SIZE = 50;
const REQUESTS = 200;
const YEAR_MS = 365 * 86_400_000;

/** A list to be paged: its query, and the same as SQL for the comparison. */
interface List {
  name: string;
  query: string;
  where: string;
  values: unknown[];
}

let toldOf = '';
const to = new Date();
const from = new Date(to.getTime() - YEAR_MS);
const cluster = await startCluster({ dialers: 0, env: quietLogs() });
const sql = new pg.Client({ connectionString: cluster.databaseUrl });
await sql.connect();
try {
  console.log(`${CALLS.toLocaleString('en')} calls of one account, over a year\n${describeMachine()}`);
  const startedAt = Date.now();
  const { accountSid } = cluster.api;
  await loadCalls(cluster.databaseUrl, {
    accountSid,
    count: CALLS,
    from,
    to,
    seed: 0.1,
    onProgress,
  });
  console.log(`loaded in ${Math.round((Date.now() - startedAt) / 1000)} s`);
  for (const list of await lists()) await report(list);
} finally {
  await sql.end();
  await cluster.stop();
}

/** An address with many calls and one with few, and days in the middle of the year. */
async function lists(): Promise<List[]> {
  const middle = new Date(from.getTime() + YEAR_MS / 2);
  const day = middle.toISOString().slice(0, 10);
  const nextDay = new Date(Date.parse(day) + 86_400_000).toISOString();
  const { caller, callee } = await addresses();
  const encode = encodeURIComponent;
  return [
    { name: 'no filter', query: '', where: 'true', values: [] },
    { name: 'Status=completed', query: 'Status=completed', where: "status = 'completed'", values: [] },
    { name: 'Status=canceled', query: 'Status=canceled', where: "status = 'canceled'", values: [] },
    {
      name: 'StartTime of one day',
      query: `StartTime=${day}`,
      where: 'start_time >= $2 and start_time < $3',
      values: [day, nextDay],
    },
    {
      name: 'StartTime>= the middle of the year',
      query: `StartTime%3E=${encode(middle.toISOString())}`,
      where: 'start_time >= $2',
      values: [middle],
    },
    {
      name: 'Status=completed, StartTime< the middle',
      query: `Status=completed&StartTime%3C=${encode(middle.toISOString())}`,
      where: "status = 'completed' and start_time <= $2",
      values: [middle],
    },
    {
      name: 'From, the busiest number',
      query: `From=${encode(caller)}`,
      where: "from_key = ltrim($2, '+')",
      values: [caller],
    },
    {
      name: 'To, one number',
      query: `To=${encode(callee)}`,
      where: "to_key = ltrim($2, '+')",
      values: [callee],
    },
  ];
}

async function addresses(): Promise<{ caller: string; callee: string }> {
  const sample = 'select from_address, to_address from calls order by sid desc limit 10000';
  const { rows } = await sql.query<{ caller: string; callee: string }>(
    `select mode() within group (order by from_address) as caller, min(to_address) as callee from (${sample}) as sample`,
  );
  if (!rows[0]) throw new Error('no calls were loaded');
  return rows[0];
}

/** A line for every fifth of a step. */
function onProgress(step: string, done: number, all: number): void {
  const line = `  ${step}: ${Math.floor((5 * done) / all) * 20} %`;
  if (line === toldOf) return;
  toldOf = line;
  console.log(line);
}

async function report({ name, query, where, values }: List): Promise<void> {
  const total = await totalOf(query);
  const counted = await timed(() => count(where, values));
  if (total !== counted.value) {
    process.exitCode = 1;
    console.error(`WRONG: ${name}: the API says ${total}, the table has ${counted.value}`);
  }
  const last = Math.max(0, Math.ceil(total / PAGE_SIZE) - 1);
  const middle = Math.floor(last / 2);
  const labels = new Map([
    [last, 'last'],
    [middle, 'middle'],
    [1, 'second'],
    [0, 'first'],
  ]);
  const pages = [...labels].filter(([page]) => page <= last).reverse();
  const rows: [string, string][] = [
    ['total, exact', `${total.toLocaleString('en')}; count(*) ${counted.ms} ms`],
  ];
  for (const [page, label] of pages) {
    const plain = await timed(() => plainPage({ where, values, offset: page * PAGE_SIZE }));
    const load = await loadOneByOne(targetOf(`${query}&Page=${page}&PageSize=${PAGE_SIZE}`), REQUESTS);
    const [p50, p95] = [0.5, 0.95].map((share) => percentile(load.latenciesMs, share).toFixed(1));
    if (load.failed > 0) process.exitCode = 1;
    const failed = load.failed > 0 ? `, ${load.failed} FAILED` : '';
    rows.push([`${label} page, p50 / p95`, `${p50} / ${p95} ms${failed}; plain OFFSET ${plain.ms} ms`]);
  }
  printTable(name, rows);
}

async function totalOf(query: string): Promise<number> {
  const { url, headers } = targetOf(`${query}&PageSize=1`);
  const response = await fetch(url, { headers });
  if (response.status !== 200)
    throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { total: number }).total;
}

function targetOf(query: string): LoadTarget {
  const { baseUrl, accountSid, authToken } = cluster.api;
  const login = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
  const headers = { authorization: `Basic ${login}`, accept: 'application/json' };
  return { url: `${baseUrl}/2012-04-24/Calls?${query}`, method: 'GET', headers, expects: 200 };
}

async function count(where: string, values: unknown[]): Promise<number> {
  const text = `select count(*)::int as n from calls where account_sid = $1 and ${where}`;
  return (await sql.query<{ n: number }>(text, [cluster.api.accountSid, ...values])).rows[0]?.n ?? 0;
}

function plainPage({ where, values, offset }: { where: string; values: unknown[]; offset: number }) {
  const page = `order by sid desc limit ${PAGE_SIZE} offset ${offset}`;
  const text = `select * from calls where account_sid = $1 and ${where} ${page}`;
  return sql.query(text, [cluster.api.accountSid, ...values]);
}

async function timed<T>(run: () => Promise<T>): Promise<{ value: T; ms: string }> {
  const startedAt = performance.now();
  const value = await run();
  return { value, ms: (performance.now() - startedAt).toFixed(1) };
}

function quietLogs() {
  const env = { LOG_LEVEL: 'warn' };
  return { api: env, recorder: env, notifier: env, simulator: env };
}
