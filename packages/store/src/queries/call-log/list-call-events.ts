import {
  CALL_EVENT_SELECT_LIST,
  type CallEventRow,
  type CallLogEntry,
  toCallLogEntry,
} from '../../call-log.js';
import type { Database } from '../../database.js';
import type { PageRequest } from '../../page-request.js';
import { readPage } from '../read-page.js';

export interface CallLogPage {
  entries: CallLogEntry[];
  total: number;
}

/** One call's history, oldest first. The caller knows that it may see the call. */
export async function listCallEvents(
  database: Database,
  callSid: string,
  page: PageRequest,
): Promise<CallLogPage> {
  const query = {
    name: 'list-call-events',
    table: 'call_events',
    columns: CALL_EVENT_SELECT_LIST,
    conditions: [{ id: 'c', test: 'call_sid = ?', value: callSid }],
    order: 'time, sequence nulls last, id',
  };
  const { rows, total } = await readPage<CallEventRow>(database, query, page);
  return { entries: rows.map(toCallLogEntry), total };
}
