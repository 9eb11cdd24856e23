import { expect, test } from 'vitest';
import { acceptedFormat } from './accepted-format.js';

test.each([
  [undefined, 'xml'],
  ['', 'xml'],
  ['*/*', 'xml'],
  ['text/html', 'xml'],
  ['application/json', 'json'],
  ['application/json, text/plain, */*', 'json'],
  ['text/html, application/hal+JSON;q=0.5', 'json'],
  ['application/xml, application/json', 'xml'],
  ['application/xml;q=0.8, application/json;q=0.9', 'json'],
  ['application/json;q=0, */*', 'xml'],
  ['text/csv', 'csv'],
  ['text/csv;q=0.1, text/xml;q=0.2', 'xml'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'xml'],
  ['application/json;q=2, text/csv', 'csv'],
  ['jsonsomething', 'xml'],
])('Accept %s is answered in %s', (accept, format) => {
  expect(acceptedFormat(accept)).toBe(format);
  expect(acceptedFormat(accept)).toBe(format);
});
