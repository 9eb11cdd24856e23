import { type CallRecord, isFinalStatus, supersedes } from '@trunkline/contracts';
import { CALL_COLUMNS } from '../call-columns.js';
import { cleanRecord } from '../clean-record.js';
import type { Database } from '../database.js';
import { isDataFault } from '../database-error.js';
import { StoreError } from '../errors.js';

/** What a batch did. A record that is written only without its control characters counts as written. */
export interface WrittenCalls {
  /** Rows inserted or changed: a record that history is already past changes none. */
  changed: number;
  /** Records that Postgres will never take, and why. Everything else was written. */
  rejected: { callSid: string; sequence: number; error: StoreError }[];
}

/**
 * Brings history up to these records, in any order and any number of times: a record is written where it supersedes
 * what is there (contracts). One statement, so one transaction; records that cannot be written are left out and told.
 * Throws StoreUnavailableError, after which the whole batch can be written again.
 */
export async function writeCalls(database: Database, records: readonly CallRecord[]): Promise<WrittenCalls> {
  return writeBatch(database, latestOfEach(records));
}

const NAMES = CALL_COLUMNS.map(({ name }) => name);

/**
 * The last `where` is supersedes() of contracts. The accounts' counters are locked before the first row is (0004): the
 * condition is a subquery, so that it is asked once, and first.
 */
const UPSERT = `
  insert into calls as current (${NAMES.join(', ')})
  select * from unnest(${CALL_COLUMNS.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')})
  where (select lock_call_counts($${NAMES.indexOf('account_sid') + 1}::text[])) = 0
  on conflict (sid) do update set
    ${NAMES.slice(1)
      .map((name) => `${name} = excluded.${name}`)
      .join(', ')}
  where current.date_deleted is null
    and (excluded.date_deleted is not null
      or (not current.final and (excluded.final or excluded.sequence > current.sequence)))`;

/**
 * One record a call, since one statement cannot touch a row twice. Sorted, so that two writers take the rows' locks in
 * the same order and never wait for each other in a circle.
 */
function latestOfEach(records: readonly CallRecord[]): CallRecord[] {
  const latest = new Map<string, CallRecord>();
  for (const record of records) {
    const current = latest.get(record.call.sid);
    if (current === undefined || supersedes(record, current)) latest.set(record.call.sid, record);
  }
  return [...latest.values()].sort((a, b) => (a.call.sid < b.call.sid ? -1 : 1));
}

/**
 * Halves a refused batch until the refused records stand alone, so that a bad one costs a few statements, not a batch.
 * Such a one is written without its control characters, if that helps: what a far end puts into a text must not keep
 * the end of a call out of history.
 */
async function writeBatch(database: Database, records: readonly CallRecord[]): Promise<WrittenCalls> {
  const [first] = records;
  if (first === undefined) return { changed: 0, rejected: [] };
  try {
    return { changed: await upsert(database, records), rejected: [] };
  } catch (error) {
    if (!(error instanceof StoreError && isDataFault(error))) throw error;
    if (records.length === 1) return writeCleaned(database, first, error);
    const middle = records.length >>> 1;
    const left = await writeBatch(database, records.slice(0, middle));
    const right = await writeBatch(database, records.slice(middle));
    return { changed: left.changed + right.changed, rejected: [...left.rejected, ...right.rejected] };
  }
}

async function writeCleaned(
  database: Database,
  record: CallRecord,
  error: StoreError,
): Promise<WrittenCalls> {
  const cleaned = cleanRecord(record);
  const refused = {
    changed: 0,
    rejected: [{ callSid: record.call.sid, sequence: record.sequence, error }],
  };
  if (!isFinalStatus(record.call.status) || JSON.stringify(cleaned) === JSON.stringify(record))
    return refused;
  try {
    return { changed: await upsert(database, [cleaned]), rejected: [] };
  } catch (again) {
    if (again instanceof StoreError && isDataFault(again)) return refused;
    throw again;
  }
}

async function upsert(database: Database, records: readonly CallRecord[]): Promise<number> {
  const values = CALL_COLUMNS.map(({ value }) => records.map(value));
  const { rowCount } = await database.run({ name: 'write-calls', text: UPSERT, values });
  return rowCount;
}
