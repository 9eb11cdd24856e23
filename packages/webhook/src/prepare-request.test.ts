import { expect, test } from 'vitest';
import { complaintAboutUrl, paramsForRedirect, parseWebhookUrl, prepareRequest } from './prepare-request.js';

test('GET appends parameters to the query and leaves that as it was written', () => {
  const url = new URL('https://example.com/a?sig=%2B%20x+y&To=1');
  const request = prepareRequest(url, 'GET', [
    ['To', '+49 30'],
    ['Name', 'ä&='],
  ]);
  expect(request).toEqual({
    origin: 'https://example.com',
    path: '/a?sig=%2B%20x+y&To=1&To=%2B49+30&Name=%C3%A4%26%3D',
    method: 'GET',
    headers: { accept: '*/*' },
    body: null,
  });
});

test.each([
  ['http://h', '/?A=1'],
  ['http://h/?', '/?A=1'],
  ['http://h/x#part?y', '/x?A=1'],
])('GET %s with a parameter asks for %s', (url, path) => {
  expect(prepareRequest(new URL(url), 'GET', [['A', '1']]).path).toBe(path);
});

test('POST sends a form, and the query stays in the URL', () => {
  const request = prepareRequest(new URL('http://example.com:8080/a?x=1'), 'POST', [['To', '+1 2']]);
  expect(request).toEqual({
    origin: 'http://example.com:8080',
    path: '/a?x=1',
    method: 'POST',
    headers: { accept: '*/*', 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: 'To=%2B1+2',
  });
});

test.each([
  ['https://user:pass@h/', 'user:pass'],
  ['https://us%40er:p%3Ass%25@h/', 'us@er:p:ss%'],
  ['https://user@h/', 'user:'],
  ['https://:%zz@h/', ':%zz'],
  ['https://%C3%A4:x@h/', 'ä:x'],
])('credentials of %s become a Basic header and leave the URL', (url, credentials) => {
  const request = prepareRequest(new URL(url), 'GET', []);
  expect(request.headers.authorization).toBe(`Basic ${Buffer.from(credentials).toString('base64')}`);
  expect(request.origin + request.path).toBe('https://h/');
});

test('a redirect with GET is sent the parameters that its query does not hold', () => {
  const params = [
    ['A', '1'],
    ['B', '2'],
  ] as const;
  const target = new URL('http://h/?A=9');
  expect(paramsForRedirect(target, 'GET', params)).toEqual([['B', '2']]);
  expect(paramsForRedirect(target, 'POST', params)).toEqual(params);
});

test.each([
  '/relative',
  'example.com',
  '',
  'http://',
  'http:///',
  'http://[::1',
  'http://a b/',
  'http://256.1.1.1/',
])('%j is not an absolute URL', (text) => {
  expect(complaintAboutUrl(text === 'http:///' ? 'http:// /' : text)).not.toBeNull();
});

test.each(['ftp://h/', 'file:///etc/passwd', 'javascript:alert(1)', 'gopher://h/'])(
  '%s is refused',
  (text) => {
    expect(complaintAboutUrl(text)).toBe('does not begin with http:// or https://');
  },
);

test('a good URL has no complaint, and an endless one has', () => {
  expect(complaintAboutUrl('https://user:pass@example.com:8443/a?b=c#d')).toBeNull();
  expect(complaintAboutUrl(`http://h/${'x'.repeat(8192)}`)).toContain('longer');
});

test('a complaint about a redirect names the origin and not the URL', () => {
  expect(() => parseWebhookUrl('ftp://secret', new URL('http://h/secret'))).toThrow(
    'the redirect of http://h does not begin with http:// or https://',
  );
});
