import { expect, test } from 'vitest';
import { codeOfParameter, codeOfStatus, ERROR_CODES, moreInfo } from './error-codes.js';

test.each([400, 401, 403, 404, 405, 409, 410, 413, 415, 429, 500, 503, 418, 599])(
  'the code of status %i is explained',
  (status) => expect(ERROR_CODES.has(codeOfStatus(status))).toBe(true),
);

test.each([
  ['To', true, 21201],
  ['To', false, 21211],
  ['From', true, 21213],
  ['From', false, 21212],
  ['Url', true, 21205],
  ['Timeout', false, 21208],
  ['PageToken', false, 21481],
  ['Something', true, 20001],
])('%s, missing: %s, has code %i, which is explained', (parameter, isMissing, code) => {
  expect(codeOfParameter(parameter, isMissing)).toBe(code);
  expect(ERROR_CODES.has(code)).toBe(true);
  expect(moreInfo(code)).toBe(`/docs/errors#${code}`);
});

test('a parameter cannot be one of what every object has', () => {
  expect(codeOfParameter('constructor', false)).toBe(20001);
});
