import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callOperations } from './calls/call-operations.js';
import { publicDocuments } from './documents/public-documents.js';
import { ACCOUNT, basic, startTestApi, type TestApi } from './testing/test-api.js';
import { createTestPorts } from './testing/test-ports.js';

let api: TestApi;
beforeAll(async () => {
  const operations = callOperations(createTestPorts());
  api = await startTestApi(operations, { documents: publicDocuments(operations) });
});
afterAll(() => api.close());

interface Hostile {
  method: string;
  path: string;
  accept: string;
  body: string;
}

/** What HTTP itself lets through; fetch would put paths and headers in order first. */
function send({ method, path, accept, body }: Hostile): Promise<{ status: number; type: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: basic(ACCOUNT.sid, ACCOUNT.token),
      accept,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
    };
    const { port } = new URL(api.url);
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      response.resume();
      const { statusCode = 0, headers: answered } = response;
      response.once('end', () => resolve({ status: statusCode, type: String(answered['content-type']) }));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const word = fc.constantFrom(
  '2012-04-24',
  '2010-04-01',
  'Accounts',
  ACCOUNT.sid,
  'Calls',
  'Calls.json',
  'Calls.csv',
  'CA0193f2a0b1c27d3e8f4a5b6c7d8e9f01',
  'Stream',
  'restcomm',
  'docs',
  '..',
  '.json',
  '%',
  '%00',
  '%2e%2e',
  '%FF',
  '{CallSid}',
  '__proto__',
  '',
);
const path = fc.oneof(
  fc.array(word, { maxLength: 6 }).map((words) => `/${words.join('/')}`),
  fc.array(word, { maxLength: 3 }).map((words) => `/2012-04-24/${words.join('/')}`),
  fc.string({ maxLength: 20 }).map((text) => `/2012-04-24/${encodeURIComponent(text)}`),
);
const name = fc.constantFrom(
  'To',
  'From',
  'Url',
  'Status',
  'Page',
  'PageSize',
  'StartTime<',
  'Metadata.a',
  'Metadata',
);
const pairs = fc
  .array(
    fc.tuple(fc.oneof(name, fc.string({ maxLength: 8 })), fc.string({ unit: 'binary', maxLength: 12 })),
    {
      maxLength: 5,
    },
  )
  .map((given) =>
    new URLSearchParams(given.map(([key, value]): [string, string] => [key, value])).toString(),
  );
const accept = fc.oneof(
  fc.constantFrom('*/*', 'application/json', 'text/csv;q=x', ',;,=;q', 'a/b;q=1e9, text/xml'),
  fc.string({ maxLength: 20 }).map((text) => text.replace(/[^\x20-\x7e]/g, '')),
);

test('whatever is asked is answered, in one of the formats, and without a fault of ours', async () => {
  const hostile = fc.record({
    method: fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'OPTIONS', 'PROPFIND'),
    path: fc.tuple(path, pairs).map(([where, query]) => `${where}?${query}`),
    accept,
    body: pairs,
  });
  await fc.assert(
    fc.asyncProperty(hostile, async (given) => {
      const { status, type } = await send(given);
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(500);
      if (status >= 300) expect(type).toMatch(/^(application\/(xml|json)|text\/csv)/);
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('a path that is longer than any there is leads nowhere, and is answered at once', async () => {
  const asked = { method: 'GET', accept: 'application/json', body: '' };
  const startedMs = performance.now();
  for (const path of [`/restcomm${'/'.repeat(15_000)}x`, `/docs${'/'.repeat(15_000)}`]) {
    expect(await send({ ...asked, path })).toMatchObject({ status: 404 });
  }
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  expect(await send({ ...asked, path: `/restcomm/docs${'/'.repeat(1_000)}` })).toMatchObject({ status: 200 });
});
