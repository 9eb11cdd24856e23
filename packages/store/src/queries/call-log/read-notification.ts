import { isSid } from '@trunkline/contracts';
import {
  CALL_EVENT_SELECT_LIST,
  type CallEventRow,
  type Notification,
  toNotification,
} from '../../call-log.js';
import type { Database } from '../../database.js';
import { isStorableText } from '../../storable-text.js';

const SQL = `
  select ${CALL_EVENT_SELECT_LIST} from call_events
  where account_sid = $1 and id = $2 and kind in ('warning', 'error')`;

/** One notification of one account, or null. */
export async function readNotification(
  database: Database,
  accountSid: string,
  sid: string,
): Promise<Notification | null> {
  if (!isStorableText(accountSid) || !isSid('NO', sid)) return null;
  const values = [accountSid, noteIdOf(sid)];
  const { rows } = await database.run<CallEventRow>({ name: 'read-notification', text: SQL, values });
  return rows[0] ? toNotification(rows[0]) : null;
}

/** The UUID, as notes write it. */
function noteIdOf(sid: string): string {
  const [, ...groups] =
    /^NO(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(sid.slice(0, 2) + sid.slice(2).toLowerCase()) ?? [];
  return groups.join('-');
}
