import { isSid } from '@trunkline/contracts';
import type { Notification } from '@trunkline/store';
import { getCall } from '../calls/get-call.js';
import { NotFoundError } from '../errors.js';
import { defineOperation, item, type Operation, type OperationRequest } from '../operation.js';
import type { HistoryPorts } from './history-ports.js';
import { notificationResource } from './notification-resource.js';

const describes = {
  method: 'get',
  tag: 'History',
  summary: 'Reads a warning or an error',
  needs: 'read',
  success: { status: 200, shows: notificationResource },
  refusals: { 404: 'There is no such notification' },
} as const;

/** `GET /Calls/{CallSid}/Notifications/{NotificationSid}` */
export function readCallNotification(ports: HistoryPorts): Operation {
  return defineOperation({
    ...describes,
    id: 'read-call-notification',
    path: '/Calls/{CallSid}/Notifications/{NotificationSid}',
    run: async (request) => {
      const { call } = await getCall(ports.calls, request.account.sid, request.path.CallSid ?? '');
      const notification = await read(ports, request);
      if (notification.callSid !== call.sid) throw noSuchNotification();
      return { status: 200, item: item(notificationResource, notification) };
    },
  });
}

/** `GET /Notifications/{NotificationSid}` */
export function readNotification(ports: HistoryPorts): Operation {
  return defineOperation({
    ...describes,
    id: 'read-notification',
    path: '/Notifications/{NotificationSid}',
    run: async (request) => ({
      status: 200,
      item: item(notificationResource, await read(ports, request)),
    }),
  });
}

async function read(
  { log }: HistoryPorts,
  { account, path }: OperationRequest<unknown, unknown>,
): Promise<Notification> {
  const sid = path.NotificationSid ?? '';
  const notification = isSid('NO', sid) ? await log.readNotification(account.sid, sid) : null;
  if (!notification) throw noSuchNotification();
  return notification;
}

function noSuchNotification(): NotFoundError {
  return new NotFoundError('There is no such notification');
}
