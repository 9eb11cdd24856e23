import pg from 'pg';
import { openDatabase } from '../database.js';
import { sidFloor } from '../listing/sid-range.js';
import { preparePartitions } from '../queries/prepare-partitions.js';
import { INSERT_RANDOM_CALLS } from './random-calls-sql.js';

export interface LoadOptions {
  accountSid: string;
  count: number;
  /** The calls are spread evenly between these moments, in monthly partitions. */
  from: Date;
  to: Date;
  /** From 0 to 1: another seed, other calls. */
  seed?: number;
  onProgress?: (step: string, done: number, all: number) => void;
}

/** Each statement writes, or counts, so many calls. */
const CHUNK = 250_000;
/** As many statements at a time. */
const WORKERS = 2;

/**
 * Fills a migrated database with the ended calls of one account, in a few minutes for ten million: without triggers and
 * without the lists' indexes, which are made afterwards, as are the counters, by the function that also takes counts
 * away with a partition. Nobody else may use the database meanwhile.
 */
export async function loadCalls(databaseUrl: string, options: LoadOptions): Promise<void> {
  await makePartitions(databaseUrl, options);
  const clients = Array.from({ length: WORKERS }, () => new pg.Client(databaseUrl));
  await Promise.all(clients.map((client) => client.connect()));
  try {
    await load(clients, options);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function makePartitions(url: string, { from, to }: LoadOptions): Promise<void> {
  const database = openDatabase({ url, poolSize: 1, onError: () => {} });
  try {
    for (const now of [from, to])
      await preparePartitions(database, { period: 'month', retentionDays: null, now });
  } finally {
    await database.close();
  }
}

async function load(clients: pg.Client[], options: LoadOptions): Promise<void> {
  const { count, seed = 0.5, onProgress = () => {} } = options;
  const [first] = clients as [pg.Client];
  for (const client of clients) await client.query(`${SETTINGS}; select setseed(${Number(seed)})`);
  const indexes = await dropIndexes(first);
  await first.query('alter table calls disable trigger user');
  const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, index) => index * CHUNK);
  await inTurns(clients, chunks, async (client, begin, done) => {
    await client.query(INSERT_RANDOM_CALLS, insertValues(options, begin));
    onProgress('calls', done, chunks.length);
  });
  await inTurns(clients, indexes, async (client, definition, done) => {
    await client.query(definition);
    onProgress('indexes', done, indexes.length);
  });
  await first.query(MARK_BUSY_ADDRESSES, [options.accountSid]);
  await inTurns(clients, chunks, async (client, begin, done) => {
    await client.query(COUNT, [sidAt(options, begin), sidAt(options, begin + CHUNK)]);
    onProgress('counters', done, chunks.length);
  });
  await first.query('alter table calls enable trigger user');
  await Promise.all(clients.map((client, index) => client.query(`vacuum (analyze) ${TABLES[index]}`)));
}

const SETTINGS =
  "set maintenance_work_mem = '512MB'; set work_mem = '256MB'; set synchronous_commit = off; set jit = off";
const COUNT = "select count_calls_between(1, $1, $2, '{32,24,18}')";
/** As the sample would have found them; they are counted with the rest. */
const MARK_BUSY_ADDRESSES = `
  insert into call_addresses (account_sid, scope, samples, counted)
  select $1, 'f:' || from_key, count(*) / 1024, true from calls
  where account_sid = $1 group by from_key having count(*) > 4096`;
const TABLES = ['calls', 'call_counts'];

function insertValues({ accountSid, from, to, count }: LoadOptions, begin: number): (string | number)[] {
  const last = Math.min(begin + CHUNK, count) - 1;
  return [accountSid, from.getTime(), to.getTime(), begin, last, count];
}

/** Between the calls before and from this number on. */
function sidAt({ from, to, count }: LoadOptions, number: number): string {
  if (number === 0) return 'CA';
  if (number >= count) return 'CB';
  const ms = from.getTime() + Math.floor((number * (to.getTime() - from.getTime())) / count);
  return `${sidFloor(ms)}70008000${number.toString(16).padStart(12, '0')}`;
}

/** @returns how to make them again */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where tablename = 'calls' and indexname <> 'calls_pkey' and schemaname = current_schema`,
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '));
}

async function inTurns<Item>(
  clients: readonly pg.Client[],
  items: readonly Item[],
  work: (client: pg.Client, item: Item, done: number) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  let done = 0;
  await Promise.all(
    clients.map(async (client) => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
        done += 1;
        await work(client, item, done);
      }
    }),
  );
}
