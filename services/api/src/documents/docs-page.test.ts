import { afterAll, beforeAll, expect, test } from 'vitest';
import { callOperations } from '../calls/call-operations.js';
import { startTestApi, type TestApi } from '../testing/test-api.js';
import { createTestPorts } from '../testing/test-ports.js';
import { publicDocuments } from './public-documents.js';

let api: TestApi;
beforeAll(async () => {
  const operations = callOperations(createTestPorts());
  api = await startTestApi(operations, { documents: publicDocuments(operations) });
});
afterAll(() => api.close());

const anonymous = { headers: { authorization: '' } };

test('the document is read without credentials', async () => {
  const response = await api.send('GET', '/openapi.json', anonymous);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(await response.json()).toMatchObject({ openapi: '3.1.1' });
});

test.each(['/docs', '/docs/', '/restcomm/docs', '/restcomm/docs/', '/docs/errors'])(
  'everything that the page at %s refers to is there, with its type, and nothing is from elsewhere',
  async (path) => {
    const page = await api.send('GET', path, anonymous);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const html = await page.text();
    const references = [...html.matchAll(/(?:src|href|data-document)="([^"]+)"/g)].map(([, to = '']) => to);
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      const { href, pathname } = new URL(reference, api.url + path);
      expect(href.startsWith(api.url)).toBe(true);
      const response = await api.send('GET', pathname, anonymous);
      expect([pathname, response.status, response.headers.get('content-type')]).toEqual([
        pathname,
        200,
        typeOf(pathname),
      ]);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(50);
    }
  },
);

test('the page runs no script but its own files', async () => {
  const page = await api.send('GET', '/docs', anonymous);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self';");
  expect(await page.text()).not.toMatch(/<script>|<script [^>]*>[^<]|\son\w+=/);
});

test('what the page is made of is kept, and is not taken for anything else', async () => {
  const script = await api.send('GET', '/docs/swagger-ui-bundle.js', anonymous);
  expect(script.headers.get('cache-control')).toBe('public, max-age=86400');
  expect(script.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await script.text()).toContain('SwaggerUIBundle');
});

test('nothing else of what is installed is served', async () => {
  for (const path of ['/docs/package.json', '/docs/..%2fpackage.json', '/docs/swagger-ui.js']) {
    expect((await api.send('GET', path, anonymous)).status).toBe(404);
  }
});

test('the page of errors has each code where answers refer to', async () => {
  const html = await (await api.send('GET', '/docs/errors', anonymous)).text();
  expect(html).toContain('<tr id="20404"><th>20404</th>');
  const [, ofNotifications = ''] = html.split("<h2>In a call's notifications</h2>");
  for (const code of [11100, 11200, 11205, 11206, 12100, 12200, 32202]) {
    expect(ofNotifications).toContain(`<tr id="${code}"><th>${code}</th>`);
  }
});

test('a document takes no other method', async () => {
  const response = await api.send('POST', '/openapi.json', anonymous);
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

function typeOf(path: string): string {
  if (path.endsWith('.css')) return 'text/css; charset=utf-8';
  if (path.endsWith('.js')) return 'text/javascript; charset=utf-8';
  return path.endsWith('.png') ? 'image/png' : 'application/json';
}
