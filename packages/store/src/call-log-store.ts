import type { CallLogEntry, Notification } from './call-log.js';
import type { Database } from './database.js';
import type { PageRequest } from './page-request.js';
import { deleteCallEventsBefore } from './queries/call-log/delete-call-events-before.js';
import { eraseLateCallEvents } from './queries/call-log/erase-call-events.js';
import { type CallLogPage, listCallEvents } from './queries/call-log/list-call-events.js';
import {
  listNotifications,
  type NotificationFilter,
  type NotificationPage,
} from './queries/call-log/list-notifications.js';
import { readNotification } from './queries/call-log/read-notification.js';
import { type WrittenLog, writeCallEvents } from './queries/call-log/write-call-events.js';

/** What happened to each call, and what was done for it. Only the recorder writes it. */
export interface CallLogStore {
  /** Adds entries, in any order and any number of times; see WrittenLog. */
  writeCallEvents(entries: readonly CallLogEntry[]): Promise<WrittenLog>;
  /** Oldest first. The caller knows that it may see the call. */
  listCallEvents(callSid: string, page: PageRequest): Promise<CallLogPage>;
  /** Warnings and errors, newest first. */
  listNotifications(
    accountSid: string,
    filter: NotificationFilter,
    page: PageRequest,
  ): Promise<NotificationPage>;
  readNotification(accountSid: string, sid: string): Promise<Notification | null>;
  /** Deletes at most so many entries of calls with a Sid below the bound; the number deleted. */
  deleteCallEventsBefore(sidBound: string, limit: number): Promise<number>;
  /** Erases what was still written of calls that were deleted since then; the number erased. */
  eraseLateCallEvents(deletedSince: Date): Promise<number>;
}

export function createCallLogStore(database: Database): CallLogStore {
  return {
    writeCallEvents: (entries) => writeCallEvents(database, entries),
    listCallEvents: (callSid, page) => listCallEvents(database, callSid, page),
    listNotifications: (accountSid, filter, page) => listNotifications(database, accountSid, filter, page),
    readNotification: (accountSid, sid) => readNotification(database, accountSid, sid),
    deleteCallEventsBefore: (sidBound, limit) => deleteCallEventsBefore(database, sidBound, limit),
    eraseLateCallEvents: (deletedSince) => eraseLateCallEvents(database, deletedSince),
  };
}
