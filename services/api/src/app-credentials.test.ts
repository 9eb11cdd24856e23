import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callOperations } from './calls/call-operations.js';
import { knownAccount } from './testing/known-account.js';
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
  api = await startTestApi(callOperations(ports));
});
afterEach(() => api.close());

const messageOf = async (response: Response) => ((await response.json()) as { message: string }).message;

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

test('the calls of an account that is suspended are ended, read and deleted from above, and none is made', async () => {
  const { sid, token } = SUSPENDED;
  api.book.put([knownAccount({ sid, token, parentSid: ACCOUNT.sid, email: '', status: 'suspended' })]);
  const live = testRecord({ accountSid: sid });
  ports.history.add(live);
  const calls = `/2012-04-24/Accounts/${sid}/Calls`;
  expect((await api.send('POST', calls, { form: FORM })).status).toBe(403);
  const call = `${calls}/${live.call.sid}`;
  expect((await api.send('GET', call)).status).toBe(200);
  expect((await api.send('POST', call, { form: { Status: 'canceled' } })).status).toBe(200);
  expect((await api.send('DELETE', call)).status).toBe(204);
  const itself = { headers: { authorization: basic(sid, token) } };
  expect((await api.send('DELETE', call, itself)).status).toBe(403);
});
