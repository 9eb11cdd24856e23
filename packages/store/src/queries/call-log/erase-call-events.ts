import { DELETED_EVENT } from '../../call-log.js';
import type { Database } from '../../database.js';

const ERASE = `
  delete from call_events
  where call_sid = any($1::text[]) and not (kind = 'state' and name = '${DELETED_EVENT}')`;

/** What was written of calls that were deleted lately: by a writer that had begun before. */
const SWEEP = `
  delete from call_events late using call_events erased
  where erased.kind = 'state' and erased.name = '${DELETED_EVENT}' and erased.time >= $1
    and late.call_sid = erased.call_sid and not (late.kind = 'state' and late.name = '${DELETED_EVENT}')`;

/** Leaves nothing of these calls but the event that they were deleted. */
export async function eraseCallEvents(database: Database, callSids: readonly string[]): Promise<void> {
  await database.run({ name: 'erase-call-events', text: ERASE, values: [callSids] });
}

/**
 * Erases again what was written of calls that were deleted since then: a writer that had begun a moment before the
 * deletion was committed does not see it. The number of entries.
 */
export async function eraseLateCallEvents(database: Database, deletedSince: Date): Promise<number> {
  const { rowCount } = await database.run({
    name: 'erase-late-call-events',
    text: SWEEP,
    values: [deletedSince],
  });
  return rowCount;
}
