import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACCOUNT, basic, SUSPENDED, startTestApi, type TestApi } from './testing/test-api.js';
import { testRecord } from './testing/test-call.js';
import { createTestPorts, type TestPorts } from './testing/test-ports.js';

const FORM = { From: '+15559990000', To: '+15551230001', Url: 'https://example.com/script' };
const CALLS = '/2012-04-24/Calls';
const JSON_TYPE = { accept: 'application/json' };

let ports: TestPorts;
let api: TestApi;
beforeEach(async () => {
  ports = createTestPorts();
  api = await startTestApi(ports);
});
afterEach(() => api.close());

const messageOf = async (response: Response) => ((await response.json()) as { message: string }).message;

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

describe('credentials', () => {
  test.each([
    ['Sid and token', basic(ACCOUNT.sid, ACCOUNT.token), 200],
    ['Sid in capitals', basic(ACCOUNT.sid.toUpperCase(), ACCOUNT.token), 200],
    ['email and token', basic(ACCOUNT.email, ACCOUNT.token), 200],
    ['a wrong token', basic(ACCOUNT.sid, `${ACCOUNT.token}x`), 401],
    ['an empty token', basic(ACCOUNT.sid, ''), 401],
    ['an unknown Sid', basic('AC0193f2a0b1c27d3e8f4a5b6c7d8e9fff', ACCOUNT.token), 401],
    ['no login', basic('', ACCOUNT.token), 401],
    ['another scheme', 'Bearer abc', 401],
    ['no Base64', 'Basic ???', 401],
    ['nothing', '', 401],
    ['an endless header', `Basic ${'A'.repeat(4000)}`, 401],
    ['a suspended account', basic(SUSPENDED.sid, SUSPENDED.token), 403],
    ['a suspended account with a wrong token', basic(SUSPENDED.sid, 'x'), 401],
  ])('%s', async (_what, authorization, status) => {
    const response = await api.send('GET', CALLS, { headers: { authorization, ...JSON_TYPE } });
    expect(response.status).toBe(status);
    if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm="/);
    if (status !== 200) expect(await messageOf(response)).toBeTruthy();
  });

  test.each([
    [ACCOUNT.sid, 200],
    [ACCOUNT.sid.toLowerCase(), 200],
    [ACCOUNT.email, 200],
    [encodeURIComponent(ACCOUNT.email), 200],
    [SUSPENDED.sid, 403],
    ['AC0193f2a0b1c27d3e8f4a5b6c7d8e9fff', 404],
    [SUSPENDED.email, 404],
    ['nobody', 404],
  ])('the path of account %s', async (account, status) => {
    expect((await api.send('GET', `/2012-04-24/Accounts/${account}/Calls`)).status).toBe(status);
    const form = { form: FORM };
    expect((await api.send('POST', `/2012-04-24/Accounts/${account}/Calls`, form)).status).toBe(
      status === 200 ? 201 : status,
    );
  });
});

describe('a refused request', () => {
  afterEach(() => {
    expect([ports.bus.published, ports.jobs.jobs.size]).toEqual([[], 0]);
  });

  test('is answered in XML', async () => {
    const response = await api.send('POST', CALLS, { form: { ...FORM, Timeout: '0' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      'application/xml; charset=utf-8',
    ]);
    expect(await response.text()).toContain(
      '<Message>Timeout must be a whole number from 1 to 600</Message>',
    );
  });

  test('is answered in JSON', async () => {
    const response = await api.send('POST', `${CALLS}.json`, { form: { From: '1' } });
    expect([response.status, await response.json()]).toEqual([
      400,
      { status: 400, message: 'To is required' },
    ]);
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'with method %s is 405 and says what is allowed',
    async (method) => {
      for (const path of [CALLS, `${CALLS}/${testRecord().call.sid}`]) {
        const response = await api.send(method, path);
        expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
      }
    },
  );

  test.each([
    '/',
    '/2012-04-24',
    '/2012-04-24/Nothing',
    `${CALLS}/x/y`,
    '/2010-04-01/Calls',
    '/2012-04-24//Calls',
  ])('for %s is 404', async (path) => {
    const response = await api.send('GET', path, { headers: JSON_TYPE });
    expect([response.status, await messageOf(response)]).toEqual([404, 'There is nothing at this path']);
  });

  test.each([
    ['application/json', 415],
    ['multipart/form-data; boundary=x', 415],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded; charset=iso-8859-1', 415],
    ['application/x-www-form-urlencodedx', 415],
    ['application/x-www-form-urlencoded', 400],
    ['Application/X-WWW-Form-Urlencoded; Charset=UTF-8', 400],
  ])('with Content-Type %s is %i', async (type, status) => {
    expect((await post('From=1', { 'content-type': type })).status).toBe(status);
  });

  test.each(['%00', '%E0%A4%A', '..%2F', `${'x'.repeat(5000)}`])('for the call %s is 404', async (sid) => {
    expect((await api.send('GET', `${CALLS}/${sid}`)).status).toBe(404);
  });

  test('with a body and no Content-Type is 415; with neither it is a missing parameter', async () => {
    expect((await post('From=1', {})).status).toBe(415);
    expect((await post('', {})).status).toBe(400);
  });

  test('with an encoded body is 415', async () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post('x', { ...type, 'content-encoding': 'gzip' })).status).toBe(415);
  });

  test('with a body above 64 KB is 413, also when no length was announced', async () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = `From=1&x=${'y'.repeat(64 * 1024)}`;
    expect((await post(body, type)).status).toBe(413);
    expect((await post(body, { ...type, 'transfer-encoding': 'chunked' })).status).toBe(413);
    expect((await post(body.slice(0, 64 * 1024), type)).status).toBe(400);
  });

  test('whose body never ends is answered before its end', async () => {
    const { port } = new URL(api.url);
    const socket = connect(Number(port), '127.0.0.1');
    const head = `POST ${CALLS} HTTP/1.1\r\nHost: h\r\nAuthorization: ${basic(ACCOUNT.sid, ACCOUNT.token)}\r\n`;
    socket.write(
      `${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000000\r\n\r\n`,
    );
    socket.write('x'.repeat(66_000));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 413 /);
    expect(answer.toString().toLowerCase()).toContain('connection: close');
    socket.destroy();
  });

  test('while the bus is away is 503 and says when to try again', async () => {
    ports.bus.state = 'away';
    const response = await api.send('POST', CALLS, { form: FORM });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
  });

  test('for a list while history is away is 503, and tells nothing of the inside', async () => {
    ports.history.isAway = true;
    const response = await api.send('GET', `${CALLS}.json`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await messageOf(response)).toBe('Call history cannot be read just now: try again');
  });

  test('that meets a fault of ours is 500, and tells nothing of the inside', async () => {
    ports.history.listCalls = async () => {
      throw new Error('secret inside');
    };
    const response = await api.send('GET', `${CALLS}.json`);
    expect([response.status, await messageOf(response)]).toEqual([500, 'Something went wrong on our side']);
  });
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
  api = await startTestApi(ports);
});

/** fetch sets a Content-Type of its own: this sends exactly these headers. */
function post(body: string, headers: Record<string, string>): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const authorization = basic(ACCOUNT.sid, ACCOUNT.token);
    const request = httpRequest(`${api.url}${CALLS}`, {
      method: 'POST',
      headers: { authorization, ...headers },
    });
    request.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    });
    request.on('error', reject);
    request.end(body);
  });
}
