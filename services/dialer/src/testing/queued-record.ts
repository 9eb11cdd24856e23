import { type Call, type CallRecord, mintSid } from '@trunkline/contracts';

/** A call as it comes with a job, for tests, with what a test wants different. */
export function queuedRecord(changes: Partial<Call> = {}): CallRecord {
  const now = new Date().toISOString();
  const call: Call = {
    sid: mintSid('CA'),
    accountSid: mintSid('AC'),
    parentCallSid: null,
    to: '+15551230001',
    from: '+15559990000',
    phoneNumberSid: null,
    status: 'queued',
    direction: 'outbound-api',
    apiVersion: '2012-04-24',
    dateCreated: now,
    dateUpdated: now,
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
      url: 'http://127.0.0.1:1/script',
      method: 'POST',
      fallbackUrl: null,
      fallbackMethod: 'POST',
      ringTimeoutSeconds: 60,
    },
    statusCallback: null,
    ...changes,
  };
  return { call, sequence: 1 };
}
