import { expect, test } from 'vitest';
import { readPath, splitUrl, withoutSlashesAtEnd } from './request-path.js';

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

test.each([
  ['/docs', '/docs'],
  ['/docs///', '/docs'],
  ['//docs', '//docs'],
  ['///', ''],
  ['', ''],
])('%j without slashes at its end is %j', (path, expected) => {
  expect(withoutSlashesAtEnd(path)).toBe(expected);
});

test('a long run of slashes is read at once, wherever it stands', () => {
  const path = `/restcomm${'/'.repeat(200_000)}x`;
  const startedMs = performance.now();
  expect(withoutSlashesAtEnd(path)).toBe(path);
  readPath(path);
  readPath(`${path}${'/'.repeat(200_000)}`);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});
