import { getCall } from '../calls/get-call.js';
import { defineOperation, type Operation, page } from '../operation.js';
import { numberedPagingParameters } from '../parameters/numbered-paging.js';
import { readPaging } from '../parameters/paging.js';
import { parameterSet } from '../parameters/parameter-set.js';
import { numberedPage } from '../represent/page.js';
import { eventResource } from './event-resource.js';
import type { HistoryPorts } from './history-ports.js';
import { knownEvents } from './known-events.js';

const query = parameterSet(numberedPagingParameters);

/** `GET /Calls/{CallSid}/Events`: the call's history. */
export function listEvents({ calls, log }: HistoryPorts): Operation {
  return defineOperation({
    id: 'list-events',
    method: 'get',
    path: '/Calls/{CallSid}/Events',
    tag: 'History',
    summary: 'Lists what happened to a call and what was done for it, oldest first',
    description:
      'Each state with its time, status and reason; each request to the markup and callback URLs with what came of it; warnings and errors.',
    needs: 'read',
    query,
    success: { status: 200, shows: eventResource, list: true },
    refusals: { 404: 'There is no such call' },
    run: async (request) => {
      const paging = readPaging(request.query, request.door);
      const record = await getCall(calls, request.account.sid, request.path.CallSid ?? '');
      const written = await log.listCallEvents(record.call.sid, paging);
      const { entries, total } = written.total > 0 ? written : slice(knownEvents(record), paging);
      return {
        status: 200,
        page: page(eventResource, numberedPage({ ...paging, items: entries, total, kept: request.kept })),
      };
    },
  });
}

function slice<T>(all: readonly T[], { page, pageSize }: { page: number; pageSize: number }) {
  return { entries: all.slice(page * pageSize, (page + 1) * pageSize), total: all.length };
}
