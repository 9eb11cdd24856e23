import { expect, test } from 'vitest';
import { readPath, splitUrl } from './request-path.js';

test.each([
  ['/2012-04-24/Calls', '2012-04-24/Calls', null],
  ['/2012-04-24/Calls/', '2012-04-24/Calls', null],
  ['/2012-04-24/Calls.json', '2012-04-24/Calls', 'json'],
  ['/2012-04-24/Calls.xml', '2012-04-24/Calls', 'xml'],
  ['/2012-04-24/Calls.csv/', '2012-04-24/Calls', 'csv'],
  ['/2012-04-24/Calls.json/CA1', '2012-04-24/Calls/CA1', 'json'],
  ['/2012-04-24/Calls.csv/CA1', '2012-04-24/Calls.csv/CA1', null],
  ['/2012-04-24/Calls.json/CA1.csv', '2012-04-24/Calls/CA1', 'json'],
  ['/2012-04-24/Accounts.json/AC1/Calls/CA1.json', '2012-04-24/Accounts/AC1/Calls/CA1', 'json'],
  ['/restcomm/2012-04-24/Calls', '2012-04-24/Calls', null],
  ['/restcomm-sbc/2012-04-24/Calls//', '2012-04-24/Calls', null],
  ['/other/2012-04-24/Calls', 'other/2012-04-24/Calls', null],
  ['/2012-04-24//Calls', '2012-04-24//Calls', null],
  ['/2012-04-24/Calls/CA.jsonx', '2012-04-24/Calls/CA.jsonx', null],
  ['/2012-04-24/Calls.pdf', '2012-04-24/Calls.pdf', null],
  ['/', '', null],
  ['/restcomm', '', null],
])('%s leads to %s, in %s', (path, segments, extension) => {
  expect(readPath(path)).toEqual({ segments: segments === '' ? [] : segments.split('/'), extension });
});

test.each([
  ['http://h:80/Calls?To=a.json&x=?#y', '/Calls', 'To=a.json&x=?'],
  ['http://h/Calls#x?y', '/Calls', ''],
  ['http://h/Calls?', '/Calls', ''],
  ['http://h', '/', ''],
])('%s is taken apart', (url, path, query) => {
  expect(splitUrl(url)).toEqual({ path, query });
});
