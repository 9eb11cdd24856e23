import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { StoreUnavailableError } from '@trunkline/store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callOperations } from './calls/call-operations.js';
import { ACCOUNT, basic, startTestApi, type TestApi } from './testing/test-api.js';
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

const messageOf = async (response: Response) => ((await response.json()) as { message: string }).message;

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
      { code: 21201, message: 'To is required', more_info: '/docs/errors#21201', status: 400 },
    ]);
  });

  test.each([
    ['PUT', CALLS, 'GET, HEAD, POST'],
    ['DELETE', CALLS, 'GET, HEAD, POST'],
    ['OPTIONS', `/2010-04-01/Accounts/${ACCOUNT.sid}/Calls`, 'GET, HEAD, POST'],
    ['PATCH', `${CALLS}/${testRecord().call.sid}`, 'GET, HEAD, POST, DELETE'],
  ])('with method %s at %s is 405 and says what is allowed', async (method, path, allowed) => {
    const response = await api.send(method, path, { headers: JSON_TYPE });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allowed]);
    expect(await response.json()).toMatchObject({ code: 20004, status: 405 });
  });

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

  test('for a list that the database gave up is 503, says how to narrow it, and not to try again', async () => {
    const cause = Object.assign(new Error('canceling statement'), { code: '57014' });
    ports.history.listCalls = async () => {
      throw new StoreUnavailableError('Postgres is not available', { cause });
    };
    const response = await api.send('GET', `${CALLS}.json`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, null]);
    expect(await messageOf(response)).toBe(
      'This list takes too long: narrow it by StartTime, To or From, or sort it by DateCreated',
    );
  });

  test('that meets a fault of ours is 500, and tells nothing of the inside', async () => {
    ports.history.listCalls = async () => {
      throw new Error('secret inside');
    };
    const response = await api.send('GET', `${CALLS}.json`);
    expect([response.status, await messageOf(response)]).toEqual([500, 'Something went wrong on our side']);
  });
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
