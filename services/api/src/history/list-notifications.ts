import { z } from 'zod';
import { getCall } from '../calls/get-call.js';
import { type Answer, defineOperation, type Operation, type OperationRequest, page } from '../operation.js';
import { numberedPagingParameters } from '../parameters/numbered-paging.js';
import { readPaging } from '../parameters/paging.js';
import { parameterSet } from '../parameters/parameter-set.js';
import { numberedPage } from '../represent/page.js';
import type { HistoryPorts } from './history-ports.js';
import { messageDateParameters, overlapOf } from './message-dates.js';
import { notificationResource } from './notification-resource.js';

const query = parameterSet({
  Log: z
    .string()
    .regex(/^[01]$/, 'must be 0 (errors) or 1 (warnings)')
    .transform((text) => (text === '0' ? 0 : 1))
    .optional(),
  ...messageDateParameters,
  ...numberedPagingParameters,
});
type Query = z.output<typeof query.schema>;

/** `GET /Calls/{CallSid}/Notifications`: one call's warnings and errors. */
export function listCallNotifications(ports: HistoryPorts): Operation {
  return defineOperation<Query>({
    id: 'list-call-notifications',
    method: 'get',
    path: '/Calls/{CallSid}/Notifications',
    tag: 'History',
    summary: 'Lists the warnings and errors of a call, newest first',
    needs: 'read',
    query,
    success: { status: 200, shows: notificationResource, list: true },
    refusals: { 404: 'There is no such call' },
    run: async (request) => {
      const { call } = await getCall(ports.calls, request.account.sid, request.path.CallSid ?? '');
      return list(ports, request, call.sid);
    },
  });
}

/** `GET /Notifications`: an account's warnings and errors. */
export function listNotifications(ports: HistoryPorts): Operation {
  return defineOperation<Query>({
    id: 'list-notifications',
    method: 'get',
    path: '/Notifications',
    tag: 'History',
    summary: "Lists the warnings and errors of the account's calls, newest first",
    needs: 'read',
    query,
    success: { status: 200, shows: notificationResource, list: true },
    run: (request) => list(ports, request, null),
  });
}

async function list(
  { log }: HistoryPorts,
  request: OperationRequest<Query, unknown>,
  callSid: string | null,
): Promise<Answer> {
  const { query: asked, account, door, kept } = request;
  const paging = readPaging(asked, door);
  const filter = {
    ...(callSid !== null && { callSid }),
    ...(asked.Log !== undefined && { level: asked.Log as 0 | 1 }),
    ...overlapOf([asked.MessageDate, asked['MessageDate<'], asked['MessageDate>']]),
  };
  const { notifications, total } = await log.listNotifications(account.sid, filter, paging);
  return {
    status: 200,
    page: page(notificationResource, numberedPage({ ...paging, items: notifications, total, kept })),
  };
}
