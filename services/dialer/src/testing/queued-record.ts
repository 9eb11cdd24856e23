import type { Call, CallRecord } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';

/** When the tests' calls are accepted, and their clocks begin. */
export const ACCEPTED_AT = '2026-11-24T12:00:00.000Z';

/** A call as it comes with a job, for tests, with what a test wants different. */
export function queuedRecord(changes: Partial<Call> = {}): CallRecord {
  return {
    call: queuedCall({ dateCreated: ACCEPTED_AT, dateUpdated: ACCEPTED_AT, ...changes }),
    sequence: 1,
  };
}
