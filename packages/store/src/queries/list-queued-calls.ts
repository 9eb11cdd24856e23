import type { CallRecord } from '@trunkline/contracts';
import { CALL_SELECT_LIST, type CallRow, toCallRecord } from '../call-columns.js';
import type { Database } from '../database.js';

/** Which queued calls to list: a seek, so that a long backlog is read page by page at the same price. */
export interface QueuedCallsRequest {
  /** Only calls that have been left alone since. */
  updatedBefore: Date;
  /** Of those whose INVITE has left, only ones that have been left alone since then: the others are being dialed. */
  dialedBefore: Date;
  /** The last Sid of the page before, null for the first page. */
  afterSid: string | null;
  limit: number;
}

const SQL = `
  select ${CALL_SELECT_LIST} from queued_calls join calls using (sid)
  where sid > $1 and status = 'queued' and date_deleted is null
    and date_updated < case when queue_time_ms is null then $2::timestamptz else $3::timestamptz end
  order by sid limit $4`;

/** Calls of every account that history knows as queued, oldest first. */
export async function listQueuedCalls(
  database: Database,
  { updatedBefore, dialedBefore, afterSid, limit }: QueuedCallsRequest,
): Promise<CallRecord[]> {
  const values = [afterSid ?? '', updatedBefore, dialedBefore, limit];
  const { rows } = await database.run<CallRow>({ name: 'list-queued-calls', text: SQL, values });
  return rows.map(toCallRecord);
}
