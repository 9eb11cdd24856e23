import type { CallRecord } from '@trunkline/contracts';
import { CALL_SELECT_LIST, type CallRow, toCallRecord } from '../call-columns.js';
import type { Database } from '../database.js';

/** Which queued calls to list: a seek, so that a long backlog is read page by page at the same price. */
export interface QueuedCallsRequest {
  /** Only calls that have been left alone since. */
  updatedBefore: Date;
  /** The last Sid of the page before, null for the first page. */
  afterSid: string | null;
  limit: number;
}

const SQL = `
  select ${CALL_SELECT_LIST} from calls
  where status = 'queued' and sid > $1 and date_updated < $2
  order by sid limit $3`;

/** Calls of every account that history knows as queued, oldest first. */
export async function listQueuedCalls(
  database: Database,
  { updatedBefore, afterSid, limit }: QueuedCallsRequest,
): Promise<CallRecord[]> {
  const values = [afterSid ?? '', updatedBefore, limit];
  const { rows } = await database.run<CallRow>({ name: 'list-queued-calls', text: SQL, values });
  return rows.map(toCallRecord);
}
