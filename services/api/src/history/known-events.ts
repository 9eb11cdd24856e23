import { type CallRecord, isFinalStatus } from '@trunkline/contracts';
import type { CallLogEntry } from '@trunkline/store';

/**
 * The states that a call has passed through, as far as the call itself tells: for a call whose history is not written
 * yet, or not kept any more.
 */
export function knownEvents({ call, sequence }: CallRecord): CallLogEntry[] {
  const { sid, dateCreated, ringTime, startTime, endTime } = call;
  const times = [
    ['queued', dateCreated],
    ['ringing', ringTime],
    ['in-progress', startTime],
    [isFinalStatus(call.status) ? call.status : null, endTime],
  ] as const;
  const entries = times.flatMap(([status, time]): CallLogEntry[] => {
    if (status === null || time === null) return [];
    const isFinal = isFinalStatus(status);
    return [
      {
        callSid: sid,
        accountSid: call.accountSid,
        id: `${sid}:${status}`,
        time,
        kind: 'state',
        name: status,
        sequence: status === 'queued' ? 1 : isFinal ? sequence : null,
        status,
        reason: isFinal ? call.endReason : null,
        sipCode: isFinal ? call.sipCode : null,
        code: null,
        message: null,
        request: null,
        response: null,
      },
    ];
  });
  return entries;
}
