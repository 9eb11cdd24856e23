import { ResolveError, TransportError } from '@trunkline/sip';
import { expect, test } from 'vitest';
import { explainEnd, explainError } from './explain-failure.js';

const coded = (code: string) => Object.assign(new Error('of 10.1.2.3, which nobody need know'), { code });

test.each([
  [coded('ECONNREFUSED'), 'connection refused'],
  [new TransportError('a stream', { cause: coded('ECONNREFUSED') }), 'connection refused'],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'the certificate is for another name'],
  [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'the certificate is signed by itself'],
  [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'TLS could not be agreed on'],
  [new ResolveError('carrier.test'), 'no address'],
  [Object.assign(new Error('CR'), { retryable: false }), 'a value of the call cannot be written into SIP'],
  [new TransportError('the far end closed the connection'), 'the far end closed the connection'],
  [coded('ESOMETHING'), 'no connection'],
  [new Error('unsafe\r\ntext'), 'no connection'],
])('%o is told as: %s', (error, text) => expect(explainError(error)).toBe(text));

test('what was answered explains itself', () => {
  expect(explainEnd({ kind: 'unauthorized', status: 401, reason: 'Unauthorized' })).toBeNull();
  expect(explainEnd({ kind: 'no-response' })).toBe('no response');
});
