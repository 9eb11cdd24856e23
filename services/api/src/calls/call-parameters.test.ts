import { describe, expect, test } from 'vitest';
import { readCallRequest } from './call-parameters.js';

const REQUIRED = { From: '+15559990000', To: '+15551230001', Url: 'https://example.com/script' };

function read(changes: Record<string, string> | [string, string][] = {}) {
  const more = Array.isArray(changes) ? changes : Object.entries(changes);
  const names = more.map(([name]) => name);
  return readCallRequest(
    new URLSearchParams([...Object.entries(REQUIRED).filter(([name]) => !names.includes(name)), ...more]),
  );
}

test('the three required parameters are enough; the rest has defaults', () => {
  expect(read()).toEqual({
    from: '+15559990000',
    to: '+15551230001',
    instructions: {
      url: 'https://example.com/script',
      method: 'POST',
      fallbackUrl: null,
      fallbackMethod: 'POST',
      ringTimeoutSeconds: 60,
    },
    statusCallback: null,
  });
});

test('every parameter is taken over', () => {
  const request = read({
    Method: 'get',
    FallbackUrl: 'http://example.com/fallback?a=1#frag',
    FallbackMethod: 'GET',
    StatusCallback: 'https://example.com/status',
    StatusCallbackMethod: 'Get',
    StatusCallbackEvent: 'answered',
    Timeout: '600',
  });
  expect(request.instructions).toEqual({
    url: 'https://example.com/script',
    method: 'GET',
    fallbackUrl: 'http://example.com/fallback?a=1#frag',
    fallbackMethod: 'GET',
    ringTimeoutSeconds: 600,
  });
  expect(request.statusCallback).toEqual({
    url: 'https://example.com/status',
    method: 'GET',
    events: ['answered'],
    dueCount: 0,
  });
});

test('complaints about missing parameters come in the order From, To, Url', () => {
  const complain = (form: string) => () => readCallRequest(new URLSearchParams(form));
  expect(complain('')).toThrow('From is required');
  expect(complain('From=1&Url=x')).toThrow('To is required');
  expect(complain('From=1&To=2')).toThrow('Url is required');
  expect(complain('From=%20&To=2&Url=http://h')).toThrow('From is required');
});

test('a plus that was not percent-encoded is put back', () => {
  const request = readCallRequest(new URLSearchParams('From=+1555&To=+49301&Url=http://h/'));
  expect([request.from, request.to]).toEqual(['+1555', '+49301']);
});

test('empty optional parameters count as absent, unknown ones are ignored', () => {
  const request = read({ Method: '', FallbackUrl: '', Timeout: '', StatusCallbackEvent: '', Record: 'true' });
  expect(request).toEqual(read());
});

describe('StatusCallbackEvent', () => {
  const events = (...values: string[]) =>
    read([
      ['StatusCallback', 'http://h/'],
      ...values.map((value): [string, string] => ['StatusCallbackEvent', value]),
    ]).statusCallback?.events;

  test('is completed when absent', () => expect(events()).toEqual(['completed']));
  test('may be repeated', () => expect(events('ringing', 'initiated')).toEqual(['initiated', 'ringing']));
  test('may have commas', () =>
    expect(events('ringing, completed,ringing')).toEqual(['ringing', 'completed']));
  test('may have blanks', () => expect(events('Answered  completed')).toEqual(['answered', 'completed']));
  test.each([['ringing', 'hangup'], [' , ']])('must be known: %j', (...values) => {
    expect(() => events(...values)).toThrow(/^StatusCallbackEvent must be of initiated, /);
  });
});

test.each([
  ['From', 'x'.repeat(129), 'From is longer than 128 characters'],
  ['To', 'sip:alice@example.com', 'To must be a number or a name: SIP and other URIs are not supported yet'],
  ['To', 'alice@example.com', 'To must be a number or a name: SIP and other URIs are not supported yet'],
  ['To', 'client:alice', 'To must be a number or a name: SIP and other URIs are not supported yet'],
  ['To', '1 555', 'To must be a number or a name, without'],
  ['To', '1;x=y', 'To must be a number or a name, without'],
  ['From', '"a"<sip', 'From must be a number or a name, without'],
  ['From', '1\r\nVia: x', 'From has a control character'],
  ['To', '1\0', 'To has a control character'],
  ['Url', 'http://h/\r\n', 'Url has a control character'],
  ['Method', 'GET\n', 'Method has a control character'],
  ['Url', '/relative', 'Url must be an absolute http or https URL'],
  ['Url', 'ftp://h/', 'Url must be an absolute http or https URL'],
  ['Url', 'javascript:alert(1)', 'Url must be an absolute http or https URL'],
  ['Url', 'http:h/', 'Url must be an absolute http or https URL'],
  ['Url', 'http://', 'Url must be an absolute http or https URL'],
  ['Url', 'http:///path', 'Url must be an absolute http or https URL'],
  ['Url', 'http://a b/', 'Url must be an absolute http or https URL'],
  ['Url', 'http://h\\evil/', 'Url must be an absolute http or https URL'],
  ['Url', 'http://h:99999/', 'Url must be an absolute http or https URL'],
  ['Url', `http://h/${'x'.repeat(2048)}`, 'Url is longer than 2048 characters'],
  ['FallbackUrl', 'nope', 'FallbackUrl must be an absolute'],
  ['StatusCallback', 'nope', 'StatusCallback must be an absolute'],
  ['Method', 'PUT', 'Method must be GET or POST'],
  ['FallbackMethod', 'DELETE', 'FallbackMethod must be GET or POST'],
  ['StatusCallbackMethod', 'x', 'StatusCallbackMethod must be GET or POST'],
  ['Timeout', '0', 'Timeout must be a whole number from 1 to 600'],
  ['Timeout', '601', 'Timeout must be a whole number from 1 to 600'],
  ['Timeout', '-1', 'Timeout must be a whole number from 1 to 600'],
  ['Timeout', '1.5', 'Timeout must be a whole number from 1 to 600'],
  ['Timeout', '1e2', 'Timeout must be a whole number from 1 to 600'],
  ['Timeout', 'ten', 'Timeout must be a whole number from 1 to 600'],
  ['from', '1', 'from is not known: names are case-sensitive, write From'],
  ['TIMEOUT', '1', 'TIMEOUT is not known: names are case-sensitive, write Timeout'],
])('%s=%j is refused', (name, value, message) => {
  expect(() => read({ [name]: value })).toThrow(message);
});

test('bytes that are no UTF-8 are refused', () => {
  expect(() => readCallRequest(new URLSearchParams('From=%FF%FE'))).toThrow('From has a control character');
});

test('a single-valued parameter given twice is refused', () => {
  expect(() =>
    read([
      ['To', '1'],
      ['To', '1'],
    ]),
  ).toThrow('To is given more than once');
});
