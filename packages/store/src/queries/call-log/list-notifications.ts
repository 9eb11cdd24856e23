import {
  CALL_EVENT_SELECT_LIST,
  type CallEventRow,
  type Notification,
  toNotification,
} from '../../call-log.js';
import type { Database } from '../../database.js';
import type { PageRequest } from '../../page-request.js';
import { readPage } from '../read-page.js';

/** All that are given must hold. */
export interface NotificationFilter {
  callSid?: string;
  /** 0 for errors, 1 for warnings. */
  level?: Notification['level'];
  /** Inclusive. */
  from?: Date;
  /** Exclusive. */
  until?: Date;
}

export interface NotificationPage {
  notifications: Notification[];
  total: number;
}

/** One account's warnings and errors, newest first. */
export async function listNotifications(
  database: Database,
  accountSid: string,
  filter: NotificationFilter,
  page: PageRequest,
): Promise<NotificationPage> {
  const query = {
    name: 'list-notifications',
    table: 'call_events',
    columns: CALL_EVENT_SELECT_LIST,
    conditions: [
      { id: 'a', test: "account_sid = ? and kind in ('warning', 'error')", value: accountSid },
      { id: 'c', test: 'call_sid = ?', value: filter.callSid },
      { id: 'l', test: 'kind = ?', value: kindOf(filter.level) },
      { id: 'f', test: 'time >= ?', value: filter.from },
      { id: 'u', test: 'time < ?', value: filter.until },
    ],
    order: 'time desc, id desc',
  };
  const { rows, total } = await readPage<CallEventRow>(database, query, page);
  return { notifications: rows.map(toNotification), total };
}

function kindOf(level: Notification['level'] | undefined): 'error' | 'warning' | undefined {
  if (level === undefined) return undefined;
  return level === 0 ? 'error' : 'warning';
}
