import { expect, test } from 'vitest';
import { formatOf, routePath } from './request-path.js';

test.each([
  ['http://h/2012-04-24/Calls', '/2012-04-24/Calls'],
  ['http://h/2012-04-24/Calls/?Page=1', '/2012-04-24/Calls'],
  ['http://h:80/2012-04-24/Calls.json', '/2012-04-24/Calls'],
  ['http://h/2012-04-24/Calls.json/CA1', '/2012-04-24/Calls/CA1'],
  ['http://h/2012-04-24/Accounts.json/AC1/Calls/CA1.json#x', '/2012-04-24/Accounts/AC1/Calls/CA1'],
  ['http://h/restcomm/2012-04-24/Calls', '/2012-04-24/Calls'],
  ['http://h/restcomm-sbc/2012-04-24/Calls//', '/2012-04-24/Calls'],
  ['http://h/other/2012-04-24/Calls', '/other/2012-04-24/Calls'],
  ['http://h/2012-04-24/Calls/CA.jsonx', '/2012-04-24/Calls/CA.jsonx'],
  ['http://h', '/'],
  ['http://h/', '/'],
  ['http://h/restcomm', '/'],
])('%s is routed as %s', (url, path) => {
  expect(routePath(url)).toBe(path);
});

test.each([
  ['/Calls', undefined, 'xml'],
  ['/Calls', '*/*', 'xml'],
  ['/Calls', 'text/html', 'xml'],
  ['/Calls', 'application/json', 'json'],
  ['/Calls', 'text/html, application/hal+JSON;q=0.5', 'json'],
  ['/Calls.json', 'application/xml', 'json'],
  ['/Calls.json/CA1', undefined, 'json'],
  ['/Calls?To=a.json', undefined, 'xml'],
  ['/Calls.jsonp', undefined, 'xml'],
])('%s with Accept %s is answered in %s', (path, accept, format) => {
  expect(formatOf(`http://h${path}`, accept)).toBe(format);
});
