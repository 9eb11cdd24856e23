import { type Call, newCall } from '@trunkline/contracts';

/** A call right after its acceptance, for the document. */
export const acceptedCall: Call = {
  ...newCall({
    accountSid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01',
    to: '+15551230001',
    from: '+15559990000',
    direction: 'outbound-api',
    apiVersion: '2012-04-24',
    dateCreated: '2026-11-24T10:00:00.000Z',
    instructions: {
      url: 'https://example.com/script',
      method: 'POST',
      fallbackUrl: null,
      fallbackMethod: 'POST',
      ringTimeoutSeconds: 60,
      markup: null,
      sendDigits: null,
      timeLimitSeconds: null,
      callerId: null,
      sipAuth: null,
      record: null,
      machineDetection: null,
      callee: 'any',
      sipHeaders: {},
    },
    statusCallback: null,
    metadata: { order: '17' },
  }),
  sid: 'CA0193f2a0b1c27d3e8f4a5b6c7d8e9f03',
};

/** The same call after it was answered and hung up, for the document. */
export const endedCall: Call = {
  ...acceptedCall,
  status: 'completed',
  dateUpdated: '2026-11-24T10:01:06.019Z',
  ringTime: '2026-11-24T10:00:01.000Z',
  startTime: '2026-11-24T10:00:05.001Z',
  endTime: '2026-11-24T10:01:06.019Z',
  durationSeconds: 61,
  queueTimeMs: 12,
  price: '0.025',
  priceUnit: 'USD',
  sipCode: 200,
  sipReason: 'OK',
  q850Cause: 16,
  hangupSide: 'remote',
  endReason: 'hangup',
  attempts: [
    {
      trunk: 'Carrier A',
      trunkSid: 'TK0193f2a0b1c27d3e8f4a5b6c7d8e9f07',
      target: 'UDP 192.0.2.1:5060',
      why: 'priority 1, the only trunk',
      q850Cause: null,
      startedAt: '2026-11-24T10:00:00.012Z',
      endedAt: '2026-11-24T10:00:05.001Z',
      sipCode: 200,
      sipReason: 'OK',
      failure: null,
      error: null,
    },
  ],
};
