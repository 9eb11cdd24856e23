import { getCall } from '../calls/get-call.js';
import { defineOperation, type Operation, page } from '../operation.js';
import { numberedPagingParameters } from '../parameters/numbered-paging.js';
import { readPaging } from '../parameters/paging.js';
import { parameterSet } from '../parameters/parameter-set.js';
import { numberedPage } from '../represent/page.js';
import type { HistoryPorts } from './history-ports.js';
import { recordingResource } from './recording-resource.js';

const query = parameterSet(numberedPagingParameters);

/** `GET /Calls/{CallSid}/Recordings`: none, until calls have audio. */
export function listRecordings({ calls }: Pick<HistoryPorts, 'calls'>): Operation {
  return defineOperation({
    id: 'list-recordings',
    method: 'get',
    path: '/Calls/{CallSid}/Recordings',
    tag: 'History',
    summary: 'Lists the recordings of a call: none yet, since calls have no audio yet',
    needs: 'read',
    query,
    success: { status: 200, shows: recordingResource, list: true },
    refusals: { 404: 'There is no such call' },
    run: async (request) => {
      const paging = readPaging(request.query, request.door);
      await getCall(calls, request.account.sid, request.path.CallSid ?? '');
      const recordings = numberedPage({ ...paging, items: [], total: 0, kept: request.kept });
      return { status: 200, page: page(recordingResource, recordings) };
    },
  });
}
