import type { Call, CallRecord } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';

/** A call of the test's account as it was accepted, with what a test wants different. */
export function testRecord(changes: Partial<Call> = {}, sequence = 1): CallRecord {
  const accountSid = 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01';
  const dateCreated = '2026-11-24T10:00:00.000Z';
  return { call: queuedCall({ accountSid, dateCreated, dateUpdated: dateCreated, ...changes }), sequence };
}
