import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccountBook } from '../accounts/account-book.js';
import { knownAccount } from '../testing/known-account.js';
import { ACCOUNT, startTestApi, type TestApi } from '../testing/test-api.js';
import { testRecord } from '../testing/test-call.js';
import { createTestPorts, type TestPorts } from '../testing/test-ports.js';
import { callOperations } from './call-operations.js';

let ports: TestPorts;
let api: TestApi;
beforeAll(async () => {
  const book = new AccountBook(knownAccount({ ...ACCOUNT, currency: 'EUR' }));
  book.markLoaded();
  ports = createTestPorts();
  api = await startTestApi(callOperations(ports), { book });
});
afterAll(() => api.close());

const read = async (method: string, path: string, form?: Record<string, string>) =>
  JSON.parse(await (await api.send(method, path, form && { form })).text());

test.each([
  ['2010-04-01', 'EUR'],
  ['2012-04-24', null],
])('before it has a price, a call at the door of %s has the currency %j', async (version, expected) => {
  const calls = `/${version}/Accounts/${ACCOUNT.sid}/Calls`;
  const form = { From: '+15559990000', To: '+15551230001', Url: 'https://example.com/script' };
  const made = await read('POST', `${calls}.json`, form);
  const fetched = await read('GET', `${calls}/${made.sid}.json`);
  expect([made.price_unit, fetched.price_unit]).toEqual([expected, expected]);
  const ended = await read('POST', `${calls}/${made.sid}.json`, { Status: 'canceled' });
  expect(ended).toMatchObject({ price: '0.00', price_unit: 'USD' });
});

test('likewise in a list', async () => {
  ports.history.add(testRecord(), testRecord());
  const { calls } = await read('GET', `/2010-04-01/Accounts/${ACCOUNT.sid}/Calls.json`);
  expect(calls.map((call: { price_unit: string }) => call.price_unit)).toEqual(['EUR', 'EUR']);
});
