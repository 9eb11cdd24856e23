/** Accounts below an account, what they pay, what they may do at most, and how their tokens change, in a whole cluster. */
import twilio from 'twilio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { type Cluster, recorded, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';
import { eventually } from '../support/deadline.js';

const FROM = '+15559990000';
const ANSWERS = '+15551230007';
const RINGS = '+15551230003';

let cluster: Cluster;
let customer: Customer;

beforeAll(async () => {
  cluster = await startCluster();
  customer = await Customer.start();
});
afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

/** An account below the cluster's own. */
async function createAccount(form: Record<string, string> = {}): Promise<ApiClient> {
  const { sid, auth_token } = await cluster.api.send('POST', '/Accounts', { FriendlyName: 'Sub', ...form });
  return new ApiClient(cluster.api.baseUrl, String(sid), String(auth_token));
}

const call = (to: string) => ({ From: FROM, To: to, Url: customer.serve('/script', '<Response/>') });

test('a call is priced by the longest prefix, and an account without rates has those above it', async () => {
  const account = await createAccount({ Currency: 'EUR' });
  await cluster.api.send('POST', '/Rates', { Prefix: '1555', PricePerMinute: '1', ConnectionFee: '0.25' });
  await cluster.api.send('POST', '/Rates', { PricePerMinute: '9', ConnectionFee: '9' });
  const { sid } = await account.createCall(call(ANSWERS));
  expect((await cluster.events.endOf(sid)).data).toMatchObject({ price: '0.25', priceUnit: 'USD' });
  await cluster.api.send('POST', `/Accounts/${account.accountSid}/Rates`, {
    PricePerMinute: '0',
    ConnectionFee: '0.125',
  });
  await eventually(10_000, 'its own rate counts', async () => {
    const next = await account.createCall(call(ANSWERS));
    const { price, priceUnit } = (await cluster.events.endOf(next.sid)).data;
    return (price === '0.125' && priceUnit === 'EUR') || null;
  });
});

test('an account has as many calls at once as it may have, until one is over', async () => {
  const account = await createAccount({ ConcurrentCalls: '1' });
  const { sid } = await account.createCall(call(RINGS));
  await cluster.events.of(sid, 'ringing');
  const refused = await account.request('POST', '/2012-04-24/Calls.json', call(RINGS));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
  expect((await cluster.api.createCall(call(ANSWERS))).status).toBe('queued');
  await account.endCall(sid, 'completed');
  await cluster.events.endOf(sid);
  await eventually(15_000, 'there is room again', async () => {
    const response = await account.request('POST', '/2012-04-24/Calls.json', call(ANSWERS));
    return response.status === 201 || null;
  });
});

test('callbacks are signed by the token that was promoted', async () => {
  const account = await createAccount();
  const tokens = `/Accounts/${account.accountSid}/AuthTokens`;
  const { secondary_auth_token } = await account.send('POST', `${tokens}/Secondary`);
  await account.send('POST', `${tokens}/Promote`);
  const url = customer.serve('/told', () => ({ status: 204 }));
  await eventually(10_000, 'a callback is signed by the new token', async () => {
    const { sid } = await account.createCall({ ...call(ANSWERS), StatusCallback: url });
    const told = await customer.requests.waitFor(
      'the callback',
      ({ path, params }) => path === '/told' && params.CallSid === sid,
    );
    const signature = String(told.headers['x-twilio-signature']);
    return twilio.validateRequest(String(secondary_auth_token), signature, told.url, told.form) || null;
  });
});

test('a rotated token of the first account survives a restart with the old environment', async () => {
  const { accountSid } = cluster.api;
  const tokens = `/Accounts/${accountSid}/AuthTokens`;
  const { secondary_auth_token } = await cluster.api.send('POST', `${tokens}/Secondary`);
  await cluster.api.send('POST', `${tokens}/Promote`, { KeepFor: '0' });
  const before = cluster.api;
  cluster.api = new ApiClient(before.baseUrl, accountSid, String(secondary_auth_token));
  const api = cluster.service('api');
  await api.kill('SIGKILL');
  await api.start();
  expect((await before.request('GET', '/2012-04-24/Calls')).status).toBe(401);
  const { sid } = await cluster.api.createCall(call(ANSWERS));
  await recorded(cluster, sid, 'completed');
});
