import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callOperations } from './calls/call-operations.js';
import { TooManyRequestsError } from './errors.js';
import { defineOperation } from './operation.js';
import { ACCOUNT, startTestApi, type TestApi } from './testing/test-api.js';
import { testRecord } from './testing/test-call.js';
import { createTestPorts, type TestPorts } from './testing/test-ports.js';

const FORM = { From: '+15559990000', To: '+15551230001', Url: 'https://example.com/script' };
const CALLS = '/2012-04-24/Calls';
const CALLS_2010 = `/2010-04-01/Accounts/${ACCOUNT.sid}/Calls`;

let ports: TestPorts;
let api: TestApi;
beforeEach(async () => {
  ports = createTestPorts();
  api = await startTestApi(callOperations(ports));
});
afterEach(() => api.close());

describe('the door of 2010', () => {
  test('creates and reads a call as its library expects', async () => {
    const created = await api.send('POST', `${CALLS_2010}.json`, { form: FORM });
    expect([created.status, created.headers.get('content-type')]).toEqual([201, 'application/json']);
    const call = (await created.json()) as Record<string, string>;
    expect(call).toMatchObject({
      status: 'queued',
      date_created: 'Tue, 24 Nov 2026 10:00:00 +0000',
      start_time: null,
      duration: null,
      group_sid: null,
      uri: `${CALLS_2010}/${call.sid}.json`,
    });
    expect(created.headers.get('location')).toBe(call.uri);
    expect(await (await api.send('GET', call.uri ?? '')).json()).toEqual(call);
  });

  test('has its own root in XML, and XML is its default', async () => {
    const text = await (await api.send('GET', CALLS_2010)).text();
    expect(text).toMatch(/^<TwilioResponse>\n {2}<Calls page="0"/);
  });

  test('takes a page size that is too large as the largest', async () => {
    const response = await api.send('GET', `${CALLS_2010}.json?PageSize=2000`);
    expect(await response.json()).toMatchObject({ page_size: 1000, calls: [] });
    expect((await api.send('GET', `${CALLS}.json?PageSize=2000`)).status).toBe(400);
  });

  test('answers errors in its own words', async () => {
    const json = await api.send('GET', `${CALLS_2010}/CA1.json`);
    expect([json.status, await json.json()]).toEqual([
      404,
      { code: 20404, message: 'There is no such call', more_info: '/docs/errors#20404', status: 404 },
    ]);
    const xml = await (await api.send('GET', `${CALLS_2010}/CA1`)).text();
    expect(xml).toMatch(/^<TwilioResponse>\n {2}<RestException>\n {4}<Code>20404<\/Code>/);
  });

  test.each(['/restcomm', '/restcomm-sbc'])('is there under %s', async (root) => {
    expect((await api.send('GET', `${root}${CALLS_2010}.json`)).status).toBe(200);
  });
});

describe('a list', () => {
  test('is had as CSV, and its pages are found by Link', async () => {
    ports.history.add(testRecord({ from: '1' }), testRecord({ from: '1' }), testRecord({ from: '2' }));
    const first = await api.send('GET', `${CALLS}.csv?From=1&PageSize=1`);
    expect(first.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(first.headers.get('x-total-count')).toBe('2');
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(next).toMatch(/^\/2012-04-24\/Calls\.csv\?From=1&Page=1&PageSize=1/);
    const second = await api.send('GET', next);
    const [header, line, end] = (await second.text()).split('\r\n');
    expect([header?.startsWith('Sid,DateCreated'), line?.startsWith('CA'), end]).toEqual([true, true, '']);
  });

  test.each([
    ['', 'text/csv', 'text/csv'],
    ['', 'application/json;q=0.1, text/csv;q=0.2', 'text/csv'],
    ['.json', 'text/csv', 'application/json'],
    ['.xml', 'application/json', 'application/xml'],
  ])('%s with Accept %s is %s', async (extension, accept, type) => {
    const response = await api.send('GET', CALLS + extension, { headers: { accept } });
    expect([response.status, response.headers.get('vary')]).toEqual([200, 'Accept']);
    expect(response.headers.get('content-type')).toContain(type);
  });

  test('has no other extension', async () => {
    expect((await api.send('GET', `${CALLS}.html`)).status).toBe(404);
  });
});

test('an account that asks too often is told when to come again, in its format', async () => {
  await api.close();
  const admit = async () => {
    throw new TooManyRequestsError('Too many requests', 0.2);
  };
  api = await startTestApi(callOperations(ports), { admit });
  const response = await api.send('POST', `${CALLS_2010}.json`, { form: FORM });
  expect([response.status, response.headers.get('retry-after'), ports.bus.published]).toEqual([429, '1', []]);
  expect(await response.json()).toMatchObject({ code: 20429, status: 429 });
});

describe('an operation', () => {
  const described = { tag: 'Test', summary: 'Test', needs: 'read', success: { status: 204 } } as const;
  let isAborted = false;
  const echo = defineOperation({
    ...described,
    id: 'echo',
    method: 'get',
    path: '/Echo/{Name}',
    async run({ path, account, door, signal, header }) {
      const text = JSON.stringify([path, account.sid, door.version, header('x-test')]);
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(Buffer.from(text));
          if (path.Name !== 'endless') controller.close();
        },
      });
      signal.addEventListener('abort', () => {
        isAborted = true;
      });
      return { status: 200, stream, contentType: 'text/plain' };
    },
  });
  const remove = defineOperation({
    ...described,
    id: 'remove',
    method: 'delete',
    path: '/Echo/{Name}',
    run: async () => ({ status: 204 }),
  });
  beforeEach(async () => {
    await api.close();
    api = await startTestApi([echo, remove]);
  });

  test('is given what stands in its path, decoded, with its account by its Sid', async () => {
    const response = await api.send('GET', `/2010-04-01/Accounts/${ACCOUNT.email}/Echo/a%20b.json`, {
      headers: { 'x-test': 'y' },
    });
    const path = { AccountSid: ACCOUNT.sid, Name: 'a b' };
    expect(await response.json()).toEqual([path, ACCOUNT.sid, '2010-04-01', 'y']);
  });

  test('that streams is told when its reader goes away', async () => {
    const response = await api.send('GET', '/2012-04-24/Echo/endless');
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await expect.poll(() => isAborted).toBe(true);
  });

  test('that streams has no body for HEAD', async () => {
    const response = await api.send('HEAD', '/2012-04-24/Echo/endless');
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'text/plain',
      '',
    ]);
  });

  test('that gives nothing back is 204', async () => {
    const response = await api.send('DELETE', '/2012-04-24/Echo/1');
    expect([response.status, await response.text()]).toEqual([204, '']);
  });
});
