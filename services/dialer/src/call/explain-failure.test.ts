import { ResolveError, TransportError } from '@trunkline/sip';
import { expect, test } from 'vitest';
import { explainEnd, explainError, explainRedirect } from './explain-failure.js';

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

const moved = (status: number, contacts = ['sip:x@198.51.100.9']) =>
  ({ kind: 'rejected', status, reason: 'Moved', q850: null, retryAfterSeconds: null, contacts }) as const;

test.each([
  [false, 302, 'the trunk has FollowRedirects off'],
  [true, 380, 'a 380 never is'],
  [true, 302, "only what leads to the trunk's own addresses is, at most 5 times and before the phone rings"],
])('a redirect that was not followed says why: FollowRedirects %s, %i', (followRedirects, status, why) => {
  const text = `'A' says ${status}, and sends us to sip:x@198.51.100.9: not followed, since ${why}`;
  expect(explainRedirect({ name: 'A', followRedirects }, moved(status))).toBe(text);
});

test('who redirects to nobody is not told of', () => {
  expect(explainRedirect({ name: 'A', followRedirects: true }, moved(302, []))).toBeNull();
});
