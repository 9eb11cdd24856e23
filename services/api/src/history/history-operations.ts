import type { Operation } from '../operation.js';
import type { HistoryPorts } from './history-ports.js';
import { listEvents } from './list-events.js';
import { listCallNotifications, listNotifications } from './list-notifications.js';
import { listRecordings } from './list-recordings.js';
import { readCallNotification, readNotification } from './read-notification.js';

/** What happened to a call, and what belongs to it. */
export function historyOperations(ports: HistoryPorts): readonly Operation[] {
  return [
    listEvents(ports),
    listRecordings(ports),
    listCallNotifications(ports),
    readCallNotification(ports),
    listNotifications(ports),
    readNotification(ports),
  ];
}
