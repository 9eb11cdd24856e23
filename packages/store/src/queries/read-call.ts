import type { CallRecord } from '@trunkline/contracts';
import { CALL_SELECT_LIST, type CallRow, toCallRecord } from '../call-columns.js';
import type { Database } from '../database.js';
import { isStorableText } from '../storable-text.js';

const SQL = `select ${CALL_SELECT_LIST} from calls where sid = $1 and account_sid = $2`;

/** One call of one account, a deleted one too, or null when history has none (yet). */
export async function readCall(
  database: Database,
  accountSid: string,
  callSid: string,
): Promise<CallRecord | null> {
  if (!isStorableText(accountSid) || !isStorableText(callSid)) return null;
  const { rows } = await database.run<CallRow>({
    name: 'read-call',
    text: SQL,
    values: [callSid, accountSid],
  });
  return rows[0] ? toCallRecord(rows[0]) : null;
}
