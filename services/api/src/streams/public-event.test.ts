import { openCall } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { expect, test } from 'vitest';
import { publicEvent } from './public-event.js';

test('neither the sealed password nor credentials in URLs are shown, and all else is', () => {
  const call = queuedCall();
  const event = openCall(
    {
      ...call,
      instructions: {
        ...call.instructions,
        url: 'https://user:secret@example.com/script?at=a@b',
        fallbackUrl: 'http://se:c:r@et@example.com:8080/',
        sipAuth: { username: 'alice', passwordSealed: 'c2VjcmV0' },
        machineDetection: {
          mode: 'Enable',
          timeoutMs: 1,
          speechThresholdMs: 1,
          speechEndThresholdMs: 1,
          silenceTimeoutMs: 1,
          async: true,
          callbackUrl: 'https://secret@example.com/amd',
          callbackMethod: 'POST',
        },
        record: {
          channels: 'mono',
          track: 'both',
          trim: 'do-not-trim',
          callbackUrl: 'https://example.com/a@b',
          callbackMethod: 'POST',
          callbackEvents: ['completed'],
        },
      },
      statusCallback: {
        url: 'https://secret:@example.com/status',
        method: 'POST',
        events: ['completed'],
        dueCount: 0,
      },
    },
    '/trunkline/test',
  );
  const shown = publicEvent(event);
  expect(JSON.stringify(shown)).not.toMatch(/secret|c2VjcmV0|passwordSealed|se:c:r/);
  expect(shown).toMatchObject({
    id: event.id,
    subject: call.sid,
    data: {
      to: call.to,
      statusCallback: { url: 'https://example.com/status', method: 'POST' },
      instructions: {
        url: 'https://example.com/script?at=a@b',
        fallbackUrl: 'http://example.com:8080/',
        sipAuth: { username: 'alice' },
        machineDetection: { callbackUrl: 'https://example.com/amd' },
        record: { callbackUrl: 'https://example.com/a@b' },
      },
    },
  });
});
