import { CALL_EVENT_COLUMNS, type CallLogEntry, DELETED_EVENT } from '../../call-log.js';
import type { Database } from '../../database.js';
import type { StoreError } from '../../errors.js';
import { writeApart } from '../../write-apart.js';
import { eraseCallEvents } from './erase-call-events.js';

/** What a batch did. An entry that is written only without its control characters counts as written. */
export interface WrittenLog {
  /** Rows inserted: an entry that is there already, or whose call was deleted, adds none. */
  added: number;
  /** Entries that Postgres will never take, and why. Everything else was written. */
  rejected: { callSid: string; id: string; error: StoreError }[];
}

/**
 * Adds these entries to the histories of their calls, in any order and any number of times. The event `deleted` takes
 * everything else of its call away, for ever. Throws StoreUnavailableError, after which the whole batch can be written
 * again.
 */
export async function writeCallEvents(
  database: Database,
  entries: readonly CallLogEntry[],
): Promise<WrittenLog> {
  const deleted = new Set(entries.filter(isDeletion).map(({ callSid }) => callSid));
  const kept = entries.filter((entry) => !deleted.has(entry.callSid) || isDeletion(entry));
  const { changed, refused } = await writeApart(inKeyOrder(kept), (some) => insert(database, some));
  // After the event itself is committed, so that no writer that begins later adds anything to the call.
  if (deleted.size > 0) await eraseCallEvents(database, [...deleted]);
  return {
    added: changed,
    rejected: refused.map(({ item, error }) => ({ callSid: item.callSid, id: item.id, error })),
  };
}

const NAMES = CALL_EVENT_COLUMNS.map(({ name }) => name).join(', ');
const PARAMETERS = CALL_EVENT_COLUMNS.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');

/** A subquery for each entry, not a join: that would read every deletion there ever was. */
const INSERT = `
  insert into call_events (${NAMES})
  select ${NAMES} from unnest(${PARAMETERS}) as entry (${NAMES})
  where (
    select true from call_events erased
    where erased.call_sid = entry.call_sid and erased.kind = 'state' and erased.name = '${DELETED_EVENT}' limit 1
  ) is null
  on conflict do nothing`;

function isDeletion({ kind, name }: CallLogEntry): boolean {
  return kind === 'state' && name === DELETED_EVENT;
}

/** Two writers of the same entries then wait for each other in one order, and never in a circle. */
function inKeyOrder(entries: readonly CallLogEntry[]): CallLogEntry[] {
  return entries.toSorted((a, b) => compare(a.callSid, b.callSid) || compare(a.id, b.id));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

async function insert(database: Database, entries: readonly CallLogEntry[]): Promise<number> {
  const values = CALL_EVENT_COLUMNS.map(({ value }) => entries.map(value));
  const { rowCount } = await database.run({ name: 'write-call-events', text: INSERT, values });
  return rowCount;
}
