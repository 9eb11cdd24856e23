import { type Call, type CallRecord, mintSid } from '@trunkline/contracts';

/** A call as it was accepted, with what a test wants different. */
export function testRecord(changes: Partial<Call> = {}, sequence = 1): CallRecord {
  const call: Call = {
    sid: mintSid('CA'),
    accountSid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01',
    parentCallSid: null,
    to: '+15551230001',
    from: '+15559990000',
    phoneNumberSid: null,
    status: 'queued',
    direction: 'outbound-api',
    apiVersion: '2012-04-24',
    dateCreated: '2026-11-24T10:00:00.000Z',
    dateUpdated: '2026-11-24T10:00:00.000Z',
    startTime: null,
    endTime: null,
    durationSeconds: null,
    queueTimeMs: null,
    price: null,
    priceUnit: null,
    answeredBy: null,
    forwardedFrom: null,
    callerName: null,
    sipCode: null,
    sipReason: null,
    q850Cause: null,
    hangupSide: null,
    endReason: null,
    instructions: {
      url: 'https://example.com/script',
      method: 'POST',
      fallbackUrl: null,
      fallbackMethod: 'POST',
      ringTimeoutSeconds: 60,
    },
    statusCallback: null,
    ...changes,
  };
  return { call, sequence };
}
