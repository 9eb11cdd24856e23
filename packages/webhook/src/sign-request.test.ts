import { createHash } from 'node:crypto';
import twilio from 'twilio';
import { describe, expect, test } from 'vitest';
import type { Parameters } from './prepare-request.js';
import { signRequest } from './sign-request.js';

const token = '12345';

test('the published vector', () => {
  const params: Parameters = [
    ['CallSid', 'CA1234567890ABCDE'],
    ['Caller', '+14158675310'],
    ['Digits', '1234'],
    ['From', '+14158675310'],
    ['To', '+18005551212'],
  ];
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  expect(signRequest({ url, params, token })).toBe('GvWf1cFY/Q7PnoempGyD5oXAezc=');
  expect(signRequest({ url, params: [...params].reverse(), token })).toBe('GvWf1cFY/Q7PnoempGyD5oXAezc=');
});

describe('what the official package accepts', () => {
  const urls = [
    'https://example.com/hook',
    'http://example.com:8080/hook?a=1&a=2&b=%20c',
    'https://example.com/',
    'https://example.com/a?empty=&q=ä'.replace('ä', '%C3%A4'),
    'http://[::1]:3000/hook',
    'http://localhost/hook?x=%2B1',
  ];
  const forms: Parameters[] = [
    [],
    [['To', '+1']],
    [
      ['to', 'lower'],
      ['To', 'upper'],
      ['T', ''],
      ['Ünï', 'ß 😀'],
    ],
    [
      ['Digits', '2'],
      ['Digits', '10'],
      ['Digits', '2'],
      ['Digits', 'a'],
    ],
  ];
  test.each(urls.flatMap((url) => forms.map((params) => [url, params] as const)))(
    '%s with %j',
    (url, params) => {
      const signature = signRequest({ url, params, token });
      expect(twilio.validateRequest(token, signature, url, bodyOf(params))).toBe(true);
      expect(twilio.validateRequest('other', signature, url, bodyOf(params))).toBe(false);
      expect(twilio.validateRequest(token, signature, `${url}x`, bodyOf(params))).toBe(false);
      expect(twilio.validateRequest(token, signature, url, { ...bodyOf(params), more: '1' })).toBe(false);
    },
  );
});

/** As a server's form parser gives it. */
function bodyOf(params: Parameters): Record<string, string | string[]> {
  const body: Record<string, string | string[]> = {};
  for (const [name, value] of params) {
    const before = body[name];
    body[name] = before === undefined ? value : [before, value].flat();
  }
  return body;
}

test.each([
  ['https://user:pa%40ss@example.com/hook?x=1#ct=100', 'https://example.com/hook?x=1'],
  ['https://user@example.com:8443/a@b?c@d#@', 'https://example.com:8443/a@b?c@d'],
  ['https://example.com/a@b', 'https://example.com/a@b'],
  ['https://example.com?mail=a@b', 'https://example.com?mail=a@b'],
])('%s is signed as %s', (configured, signed) => {
  expect(signRequest({ url: configured, params: [], token })).toBe(
    signRequest({ url: signed, params: [], token }),
  );
  expect(twilio.validateRequest(token, signRequest({ url: configured, params: [], token }), signed, {})).toBe(
    true,
  );
});

test('a URL that carries the digest of a body of another kind is signed alone', () => {
  const body = '{"a":1}';
  const url = `https://example.com/hook?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
  const signature = signRequest({ url, params: [], token });
  expect(twilio.validateRequestWithBody(token, signature, url, body)).toBe(true);
});
