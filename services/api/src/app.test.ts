import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callOperations } from './calls/call-operations.js';
import { ACCOUNT, SUSPENDED, startTestApi, type TestApi } from './testing/test-api.js';
import { testRecord } from './testing/test-call.js';
import { createTestPorts, type TestPorts } from './testing/test-ports.js';

const FORM = { From: '+15559990000', To: '+15551230001', Url: 'https://example.com/script' };
const CALLS = '/2012-04-24/Calls';
const JSON_TYPE = { accept: 'application/json' };

let ports: TestPorts;
let api: TestApi;
beforeEach(async () => {
  ports = createTestPorts();
  api = await startTestApi(callOperations(ports));
});
afterEach(() => api.close());

describe('a call', () => {
  test('is created in XML and found at its Location', async () => {
    const created = await api.send('POST', CALLS, { form: FORM });
    expect([created.status, created.headers.get('content-type')]).toEqual([
      201,
      'application/xml; charset=utf-8',
    ]);
    const location = created.headers.get('location') ?? '';
    expect(location).toMatch(/^\/2012-04-24\/Calls\/CA[0-9a-f]{32}$/);
    const text = await created.text();
    expect(text).toContain(`<Uri>${location}</Uri>`);
    expect(await (await api.send('GET', location)).text()).toBe(text);
  });

  test('is created in JSON and found at its Location', async () => {
    const created = await api.send('POST', `${CALLS}.json`, { form: FORM });
    expect([created.status, created.headers.get('content-type')]).toEqual([201, 'application/json']);
    const location = created.headers.get('location') ?? '';
    const call = (await created.json()) as Record<string, unknown>;
    expect(call).toMatchObject({ status: 'queued', account_sid: ACCOUNT.sid, uri: location });
    expect(await (await api.send('GET', location)).json()).toEqual(call);
  });

  test('created under its account has that path in its URIs', async () => {
    const path = `/2012-04-24/Accounts/${ACCOUNT.sid}/Calls`;
    const created = await api.send('POST', path, { form: FORM });
    const location = created.headers.get('location') ?? '';
    expect([created.status, location.startsWith(`${path}/CA`)]).toEqual([201, true]);
    expect((await api.send('GET', location)).status).toBe(200);
    expect(await (await api.send('GET', `${path}.json`)).json()).toMatchObject({
      uri: `${path}.json?Page=0&PageSize=50`,
    });
  });

  test.each(['/restcomm', '/restcomm-sbc', ''])('is reached under the context root %j', async (root) => {
    const { call, sequence } = testRecord({ accountSid: ACCOUNT.sid });
    ports.history.add({ call, sequence });
    for (const path of [`${CALLS}/${call.sid}`, `${CALLS}/${call.sid}/`, `${CALLS}.json/${call.sid}`]) {
      expect((await api.send('GET', root + path)).status).toBe(200);
    }
  });

  test('is ended', async () => {
    const created = await api.send('POST', CALLS, { form: FORM, headers: JSON_TYPE });
    const { uri } = (await created.json()) as { uri: string };
    const ended = await api.send('POST', uri, { form: { Status: 'canceled' } });
    expect([ended.status, await ended.json()]).toMatchObject([
      200,
      { status: 'canceled', hangup_side: 'local' },
    ]);
    expect((await api.send('POST', uri, { form: { Status: 'canceled' } })).status).toBe(410);
  });

  test('of another account is not found', async () => {
    const { call, sequence } = testRecord({ accountSid: SUSPENDED.sid });
    ports.history.add({ call, sequence });
    expect((await api.send('GET', `${CALLS}/${call.sid}`)).status).toBe(404);
    expect((await api.send('POST', `${CALLS}/${call.sid}`, { form: { Status: 'canceled' } })).status).toBe(
      404,
    );
  });
});

test('a list keeps its filters while it is walked', async () => {
  ports.history.add(
    ...Array.from({ length: 3 }, () => testRecord({ from: '+1555' })),
    testRecord({ from: 'bob' }),
  );
  const seen: string[] = [];
  let uri: string | null = `${CALLS}.json?From=+1555&PageSize=2`;
  while (uri !== null) {
    const page = (await (await api.send('GET', uri)).json()) as {
      next_page_uri: string;
      calls: { from: string }[];
    };
    seen.push(...page.calls.map(({ from }) => from));
    uri = page.next_page_uri;
  }
  expect(seen).toEqual(['+1555', '+1555', '+1555']);
});

test('HEAD answers as GET does, without a body', async () => {
  const response = await api.send('HEAD', CALLS);
  expect([response.status, await response.text()]).toEqual([200, '']);
});

test('requests are counted by operation and status, not by path', async () => {
  await api.send('POST', CALLS, { form: FORM });
  await api.send('GET', `${CALLS}/CA0193f2a0b1c27d3e8f4a5b6c7d8e9f01`);
  await api.send('GET', '/somewhere');
  const text = await api.metrics();
  expect(text).toContain(
    'trunkline_api_requests_total{operation="create-call",status="201",service="api"} 1',
  );
  expect(text).toContain('trunkline_api_requests_total{operation="get-call",status="404",service="api"} 1');
  expect(text).toContain('trunkline_api_requests_total{operation="none",status="404",service="api"} 1');
});

test('closing waits for the request under way, and ends its connection', async () => {
  const { publish } = ports.bus;
  let letGo = () => {};
  const arrived = new Promise<void>((resolve) => {
    ports.bus.publish = async (event) => {
      resolve();
      await new Promise<void>((go) => {
        letGo = go;
      });
      return publish.call(ports.bus, event);
    };
  });
  const answered = api.send('POST', CALLS, { form: FORM });
  await arrived;
  const closed = api.close();
  letGo();
  const response = await answered;
  expect([response.status, response.headers.get('connection')]).toEqual([201, 'close']);
  await response.text();
  await closed;
  await expect(api.send('GET', CALLS)).rejects.toThrow();
  api = await startTestApi(callOperations(ports));
});

test('closing does not wait for a connection on which nothing was asked', async () => {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  await once(socket, 'connect');
  const ended = once(socket, 'close');
  socket.resume();
  // Once this is answered, the server has seen the connection before it.
  await api.send('GET', '/');
  await api.close();
  await ended;
  api = await startTestApi(callOperations(ports));
});
