import type { Database } from '../../database.js';

/** Taken off the beginning of the primary key, whose order is that of the calls. No row ever moves: a ctid is sure. */
const SQL = `
  delete from call_events where ctid = any(array(
    select ctid from call_events where call_sid < $1 order by call_sid limit $2
  ))`;

/**
 * Deletes so many entries, at most, of the oldest calls whose Sid is below the bound (see callSidAt). Fewer than the limit
 * means that none is left.
 */
export async function deleteCallEventsBefore(
  database: Database,
  sidBound: string,
  limit: number,
): Promise<number> {
  const values = [sidBound, limit];
  const { rowCount } = await database.run({ name: 'delete-call-events-before', text: SQL, values });
  return rowCount;
}
