import type { CallEvent } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { callbackParams } from './callback-params.js';
import { ANSWERED, callEvents } from './testing/call-events.js';

const URL_ = 'https://example.com/progress';

function paramsOf(event: CallEvent | undefined): Record<string, string> {
  return Object.fromEntries(callbackParams(event as CallEvent));
}

test('the last callback of a call has every parameter that is known, in order', () => {
  const last = callEvents({ url: URL_, changes: { callerName: 'Alice' } }, [...ANSWERED]).at(-1) as CallEvent;
  expect(callbackParams(last)).toEqual([
    ['AccountSid', last.data.accountSid],
    ['CallSid', last.subject],
    ['From', '+15559990000'],
    ['To', '+15551230001'],
    ['Direction', 'outbound-api'],
    ['ApiVersion', '2012-04-24'],
    ['CallerName', 'Alice'],
    ['CallStatus', 'completed'],
    ['CallDuration', '1'],
    ['SipResponseCode', '200'],
    ['Timestamp', 'Tue, 24 Nov 2026 09:05:04 +0000'],
    ['CallbackSource', 'call-progress-events'],
    ['SequenceNumber', '3'],
  ]);
});

test('CallStatus is the true status, and initiated for the event of that name', () => {
  const events = callEvents({ url: URL_ }, ['initiated', 'ringing', 'updated', 'in-progress', 'busy']);
  expect(events.map((event) => paramsOf(event).CallStatus)).toEqual([
    'queued',
    'initiated',
    'ringing',
    'ringing',
    'in-progress',
    'busy',
  ]);
});

test('SequenceNumber counts what is sent for the call, not what happens', () => {
  const [, , ringing, , , completed] = callEvents({ url: URL_, asked: ['ringing', 'completed'] }, [
    'initiated',
    'ringing',
    'updated',
    'in-progress',
    'completed',
  ]);
  expect([ringing, completed].map((event) => paramsOf(event).SequenceNumber)).toEqual(['0', '1']);
});

test('a call that nobody answered has the duration 0, and one under way has none', () => {
  const [, initiated, busy] = callEvents({ url: URL_ }, ['initiated', 'busy']);
  expect(paramsOf(busy)).toMatchObject({ CallDuration: '0', SipResponseCode: '486' });
  expect(paramsOf(initiated)).not.toHaveProperty('CallDuration');
  expect(paramsOf(initiated)).not.toHaveProperty('SipResponseCode');
});

test('what is not known is left out, what is known is not', () => {
  const unknown = paramsOf(callEvents({ url: URL_ }, ['initiated'])[1]);
  for (const name of ['CallerName', 'ForwardedFrom', 'ParentCallSid'])
    expect(unknown).not.toHaveProperty(name);
  const parentCallSid = `CA${'0'.repeat(32)}`;
  const changes = { forwardedFrom: '+49', parentCallSid };
  expect(paramsOf(callEvents({ url: URL_, changes }, ['initiated'])[1])).toMatchObject({
    ForwardedFrom: '+49',
    ParentCallSid: parentCallSid,
  });
});

test('what the call is found by goes along as JSON, when there is any', () => {
  const changes = { metadata: { order: '1 & 2', Größe: 'x' } };
  expect(paramsOf(callEvents({ url: URL_, changes }, ['initiated'])[1]).Metadata).toBe(
    '{"order":"1 & 2","Größe":"x"}',
  );
  expect(paramsOf(callEvents({ url: URL_ }, ['initiated'])[1])).not.toHaveProperty('Metadata');
});
