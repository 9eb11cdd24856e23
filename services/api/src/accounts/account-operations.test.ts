import { randomBytes } from 'node:crypto';
import { mintSid } from '@trunkline/contracts';
import { createSealer } from '@trunkline/directory';
import { createLogger } from '@trunkline/runtime';
import { migrate, openStore, type Store } from '@trunkline/store';
import pg from 'pg';
import twilio from 'twilio';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { rateOperations } from '../rates/rate-operations.js';
import { InMemoryDirectory } from '../testing/in-memory-directory.js';
import { basic, startTestApi, type TestApi } from '../testing/test-api.js';
import { accountOperations } from './account-operations.js';
import { type Accounts, openAccounts } from './open-accounts.js';

/** Accounts, keys and rates over HTTP, on a real database. */
const NAME = `t${randomBytes(6).toString('hex')}`;
const FIRST = {
  sid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f11',
  email: 'first@company.com',
  token: 'the-first-token',
};
const SECRET_KEY = 'a-secret-key-for-tests';
const log = createLogger({ service: 'api', level: 'silent' });
const directory = new InMemoryDirectory();
const sealer = createSealer(SECRET_KEY);
const stop = new AbortController();

let store: Store;
let accounts: Accounts;
let api: TestApi;

beforeAll(async () => {
  const url = new URL(process.env.TEST_DATABASE_URL ?? fail('TEST_DATABASE_URL is not set: run `npm test`'));
  await runSql(`create database ${NAME}`);
  url.pathname = `/${NAME}`;
  store = openStore({ url: url.href });
  accounts = openAccounts({
    config: { SECRET_KEY, ACCOUNTS_REFRESH: 60_000, TRUNKS: [], firstAccount: FIRST },
    table: store,
    sealer,
    directory,
    bus: { directory },
    busReturns: () => 0,
    migrate: () => migrate(url.href),
    log,
    signal: stop.signal,
  });
  await vi.waitFor(() => expect(accounts.state()).toBe('ready'), { timeout: 10_000 });
  const operations = [...accountOperations(accounts.ports), ...rateOperations(accounts.ports)];
  api = await startTestApi(operations, { book: accounts.book });
});

afterAll(async () => {
  stop.abort();
  await accounts?.done;
  await api?.close();
  await store?.close();
  await runSql(`drop database if exists ${NAME} with (force)`);
});

type Json = Record<string, unknown>;
interface Login {
  sid: string;
  token: string;
}

/** A request at the door of 2012 in JSON: its status and what it answers. */
async function ask(login: Login, method: string, path: string, form?: Record<string, string>) {
  const headers = { authorization: basic(login.sid, login.token), accept: 'application/json' };
  const response = await api.send(method, `/2012-04-24${path}`, { headers, ...(form && { form }) });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Json };
}

async function createAccount(by: Login = FIRST, form: Record<string, string> = {}): Promise<Login> {
  const { status, body } = await ask(by, 'POST', '/Accounts', { FriendlyName: 'Sub', ...form });
  expect(status).toBe(201);
  return { sid: String(body.sid), token: String(body.auth_token) };
}

async function createKey(by: Login, scope = 'all'): Promise<Login> {
  const { body } = await ask(by, 'POST', '/Keys', { FriendlyName: 'A key', Scope: scope });
  return { sid: String(body.sid), token: String(body.secret) };
}

const statusOf = async (...request: Parameters<typeof ask>) => (await ask(...request)).status;

describe('accounts below an account', () => {
  test('one is made with its own token, and can be used at once', async () => {
    const { status, body } = await ask(FIRST, 'POST', '/Accounts', {
      FriendlyName: 'Berlin',
      Email: 'berlin@company.com',
      Currency: 'EUR',
      RequestsPerSecond: '20',
      ConcurrentCalls: '0',
    });
    expect([status, body]).toMatchObject([
      201,
      {
        friendly_name: 'Berlin',
        email: 'berlin@company.com',
        status: 'active',
        type: 'Full',
        owner_account_sid: FIRST.sid,
        currency: 'EUR',
        requests_per_second: 20,
        concurrent_calls: 0,
        uri: `/2012-04-24/Accounts/${body.sid}.json`,
      },
    ]);
    expect(body.auth_token).toMatch(/^[0-9a-f]{32}$/);
    const own = { sid: String(body.sid), token: String(body.auth_token) };
    expect((await ask(own, 'GET', `/Accounts/${own.sid}`)).body).toEqual(body);
    expect(directory.account(own.sid)).toMatchObject({ parentSid: FIRST.sid, currency: 'EUR' });
    expect(JSON.stringify(directory.account(own.sid))).not.toContain(own.token);
  });

  test.each([
    [{ Currency: 'euro' }, 'Currency'],
    [{ Email: 'no email' }, 'Email'],
    [{ RequestsPerSecond: '-1' }, 'RequestsPerSecond'],
    [{ ConcurrentCalls: '1.5' }, 'ConcurrentCalls'],
    [{ FriendlyName: 'x'.repeat(65) }, 'FriendlyName'],
  ])('%o is refused', async (form, name) => {
    const { status, body } = await ask(FIRST, 'POST', '/Accounts', form as Record<string, string>);
    expect([status, String(body.message)]).toEqual([400, expect.stringMatching(`^${name} `)]);
  });

  test('a parent sees its children, by name and status, and they see themselves alone', async () => {
    const parent = await createAccount();
    const child = await createAccount(parent, { FriendlyName: 'Lisbon' });
    await createAccount(parent, { FriendlyName: 'Porto' });
    const list = async (login: Login, query = '') =>
      ((await ask(login, 'GET', `/Accounts${query}`)).body.accounts as Json[]).map(({ sid }) => sid);
    expect(await list(parent)).toHaveLength(3);
    expect(await list(parent, '?FriendlyName=Lisbon')).toEqual([child.sid]);
    expect(await list(parent, '?Status=closed')).toEqual([]);
    expect(await list(child)).toEqual([child.sid]);
    expect(await statusOf(child, 'GET', `/Accounts/${parent.sid}`)).toBe(403);
    expect(await statusOf(parent, 'GET', '/Accounts?Status=asleep')).toBe(400);
    expect((await ask(parent, 'GET', '/Accounts?PageSize=2&Page=1')).body).toMatchObject({
      total: 3,
      num_pages: 2,
      start: 2,
    });
  });

  test('one is suspended, read, woken and closed by the account above it, and never by itself', async () => {
    const parent = await createAccount();
    const child = await createAccount(parent);
    const path = `/Accounts/${child.sid}`;
    expect(await statusOf(child, 'POST', path, { Status: 'suspended' })).toBe(403);
    expect((await ask(parent, 'POST', path, { Status: 'suspended' })).body.status).toBe('suspended');
    expect((await ask(child, 'GET', path)).body).toMatchObject({ status: 403, code: 20005 });
    expect(directory.account(child.sid)?.status).toBe('suspended');
    expect((await ask(parent, 'GET', path)).body.status).toBe('suspended');
    expect(await statusOf(parent, 'POST', `${path}/Rates`, { PricePerMinute: '1' })).toBe(403);
    await ask(parent, 'POST', path, { Status: 'active' });
    expect(await statusOf(child, 'GET', path)).toBe(200);
    await ask(parent, 'POST', path, { Status: 'closed' });
    expect(await statusOf(child, 'GET', path)).toBe(403);
    expect(await statusOf(parent, 'POST', path, { Status: 'active' })).toBe(409);
    expect(await statusOf(FIRST, 'POST', `/Accounts/${FIRST.sid}`, { Status: 'closed' })).toBe(403);
  });

  test('one whose token was sealed with another key is shown without it', async () => {
    const sid = mintSid('AC');
    const authTokenSealed = createSealer('quite another secret key').seal('lost', sid);
    const more = { email: '', friendlyName: 'Sealed', requestsPerSecond: null, concurrentCalls: null };
    await store.createAccount({ sid, parentSid: FIRST.sid, authTokenSealed, ...more });
    const { status, body } = await ask(FIRST, 'GET', '/Accounts?FriendlyName=Sealed');
    expect([status, body]).toMatchObject([200, { accounts: [{ sid, auth_token: null }] }]);
  });

  test('limits are changed from above, and by who has nobody above', async () => {
    const child = await createAccount();
    const path = `/Accounts/${child.sid}`;
    expect(await statusOf(child, 'POST', path, { ConcurrentCalls: '9' })).toBe(403);
    expect((await ask(child, 'POST', path, { FriendlyName: 'Renamed' })).body.friendly_name).toBe('Renamed');
    expect((await ask(FIRST, 'POST', path, { ConcurrentCalls: '9' })).body.concurrent_calls).toBe(9);
    expect((await ask(FIRST, 'POST', path, { ConcurrentCalls: 'default' })).body.concurrent_calls).toBeNull();
    const own = { RequestsPerSecond: '500' };
    expect((await ask(FIRST, 'POST', `/Accounts/${FIRST.sid}`, own)).body.requests_per_second).toBe(500);
  });

  test('they are at most so many below one another', async () => {
    let login: Login = FIRST;
    for (let depth = 1; depth <= 5; depth += 1) login = await createAccount(login);
    expect(await statusOf(login, 'POST', '/Accounts', { FriendlyName: 'Too deep' })).toBe(409);
  });
});

describe('tokens', () => {
  test('two are valid while they are exchanged, and the old one ends', async () => {
    const account = await createAccount();
    const path = `/Accounts/${account.sid}`;
    const tokens = `${path}/AuthTokens`;
    const made = await ask(account, 'POST', `${tokens}/Secondary`);
    expect(made).toMatchObject({ status: 201, body: { account_sid: account.sid } });
    const next = { ...account, token: String(made.body.secondary_auth_token) };
    expect(await statusOf(account, 'POST', `${tokens}/Secondary`)).toBe(409);
    expect((await ask(next, 'GET', path)).body).toMatchObject({ sid: account.sid, auth_token: null });
    expect(await statusOf(next, 'POST', `${tokens}/Promote`)).toBe(403);

    const promoted = await ask(account, 'POST', `${tokens}/Promote`, { KeepFor: '60' });
    expect(promoted).toMatchObject({ status: 200, body: { auth_token: next.token } });
    expect((await ask(next, 'GET', path)).body.auth_token).toBe(next.token);
    expect((await ask(account, 'GET', path)).body.auth_token).toBeNull();
    const told = directory.account(account.sid)?.authTokenSealed ?? '';
    expect(sealer.open(Buffer.from(told, 'base64'), account.sid)).toBe(next.token);

    expect(await statusOf(FIRST, 'POST', `${tokens}/Promote`)).toBe(409);
    expect(await statusOf(next, 'DELETE', `${tokens}/Secondary`)).toBe(204);
    expect(await statusOf(account, 'GET', path)).toBe(401);
    expect(await statusOf(next, 'DELETE', `${tokens}/Secondary`)).toBe(404);
  });

  test('KeepFor=0 ends the old one at once', async () => {
    const account = await createAccount();
    const tokens = `/Accounts/${account.sid}/AuthTokens`;
    const { body } = await ask(account, 'POST', `${tokens}/Secondary`);
    await ask(account, 'POST', `${tokens}/Promote`, { KeepFor: '0' });
    expect(await statusOf(account, 'GET', '/Accounts')).toBe(401);
    expect(await statusOf({ ...account, token: String(body.secondary_auth_token) }, 'GET', '/Accounts')).toBe(
      200,
    );
    expect(await statusOf(FIRST, 'POST', `${tokens}/Promote`, { KeepFor: '-1' })).toBe(400);
  });
});

describe('API keys', () => {
  test('a key speaks for its account, its secret is shown once, and it manages nothing', async () => {
    const account = await createAccount();
    const key = await createKey(account);
    expect(key.token.length).toBeGreaterThan(30);
    expect((await ask(key, 'GET', `/Accounts/${account.sid}`)).body).toMatchObject({
      sid: account.sid,
      auth_token: null,
    });
    expect((await ask(account, 'GET', `/Keys/${key.sid}`)).body).toMatchObject({
      sid: key.sid,
      secret: null,
    });
    for (const [method, path] of [
      ['POST', '/Keys'],
      ['GET', '/Keys'],
      ['DELETE', `/Keys/${key.sid}`],
      ['POST', '/Accounts'],
      ['POST', `/Accounts/${account.sid}`],
      ['POST', '/AuthTokens/Secondary'],
    ] as const) {
      expect(await statusOf(key, method, path)).toBe(403);
    }
  });

  test('one is renamed, listed and removed, and none of another account is met', async () => {
    const [account, stranger] = [await createAccount(), await createAccount()];
    const key = await createKey(account);
    const path = `/Keys/${key.sid}`;
    expect((await ask(account, 'POST', path, { FriendlyName: 'New' })).body.friendly_name).toBe('New');
    expect(await statusOf(stranger, 'GET', path)).toBe(404);
    expect(await statusOf(stranger, 'DELETE', path)).toBe(404);
    expect((await ask(account, 'GET', '/Keys')).body).toMatchObject({ total: 1, keys: [{ sid: key.sid }] });
    expect(await statusOf(account, 'DELETE', path)).toBe(204);
    expect(await statusOf(account, 'GET', path)).toBe(404);
    expect(await statusOf(key, 'GET', '/Accounts')).toBe(401);
  });

  test('one with scope read changes nothing', async () => {
    const reader = await createKey(FIRST, 'read');
    expect(await statusOf(reader, 'GET', '/Rates')).toBe(200);
    expect(await statusOf(reader, 'POST', '/Rates', { PricePerMinute: '1' })).toBe(403);
  });
});

describe('rates', () => {
  let account: Login;
  let path: string;
  beforeEach(async () => {
    account = await createAccount(FIRST, { Currency: 'EUR' });
    path = `/Accounts/${account.sid}/Rates`;
  });

  test('one is made, read, changed and removed by the account above, and told to the cluster', async () => {
    const form = { Prefix: '+4930', PricePerMinute: '0.0125', ConnectionFee: '0.05', IncrementSeconds: '60' };
    const { status, body } = await ask(FIRST, 'POST', path, form);
    expect([status, body]).toMatchObject([
      201,
      {
        account_sid: account.sid,
        direction: 'outbound',
        prefix: '4930',
        currency: 'EUR',
        price_per_minute: '0.0125',
        connection_fee: '0.05',
        increment_seconds: 60,
      },
    ]);
    const entry = () => directory.entries.get(`rate.${account.sid}.${body.sid}`);
    expect(entry()).toMatchObject({ rate: { prefix: '4930', pricePerMinute: '0.0125' } });
    expect((await ask(account, 'GET', `/Rates/${body.sid}`)).body.sid).toBe(body.sid);
    const changed = await ask(FIRST, 'POST', `${path}/${body.sid}`, { PricePerMinute: '0.02' });
    expect(changed.body).toMatchObject({ prefix: '4930', price_per_minute: '0.02' });
    expect(entry()).toMatchObject({ rate: { pricePerMinute: '0.02' } });
    expect(await statusOf(FIRST, 'DELETE', `${path}/${body.sid}`)).toBe(204);
    expect(entry()).toBeUndefined();
    expect(await statusOf(FIRST, 'GET', `${path}/${body.sid}`)).toBe(404);
  });

  test('there is one a prefix and direction', async () => {
    const form = { Prefix: '1', PricePerMinute: '1' };
    expect(await statusOf(FIRST, 'POST', path, form)).toBe(201);
    expect(await statusOf(FIRST, 'POST', path, form)).toBe(409);
    const inbound = await ask(FIRST, 'POST', path, { ...form, Direction: 'inbound' });
    expect(inbound.status).toBe(201);
    const clash = { Direction: 'outbound' };
    expect(await statusOf(FIRST, 'POST', `${path}/${inbound.body.sid}`, clash)).toBe(409);
  });

  test('an account below another reads its rates, and does not make them itself', async () => {
    expect(await statusOf(account, 'GET', '/Rates')).toBe(200);
    expect(await statusOf(account, 'POST', '/Rates', { PricePerMinute: '0' })).toBe(403);
  });

  test('the list is paged and filtered by what prefixes begin with', async () => {
    for (const Prefix of ['', '1', '12', '44'])
      await ask(FIRST, 'POST', path, { Prefix, PricePerMinute: '1' });
    const prefixes = async (query: string) =>
      ((await ask(FIRST, 'GET', `${path}${query}`)).body.rates as Json[]).map(({ prefix }) => prefix);
    expect(await prefixes('')).toEqual(['', '1', '12', '44']);
    expect(await prefixes('?Prefix=1')).toEqual(['1', '12']);
    expect(await prefixes('?Direction=inbound')).toEqual([]);
    expect(await prefixes('?PageSize=3&Page=1')).toEqual(['44']);
  });

  test.each([
    [{ Prefix: '1' }, 'PricePerMinute is required'],
    [{ PricePerMinute: '-1' }, 'PricePerMinute must be a decimal number'],
    [{ PricePerMinute: '0.0000001' }, 'with at most 9 digits before the point and 6 after it'],
    [{ PricePerMinute: '1', Prefix: '49x' }, 'Prefix must be up to 15 digits'],
    [{ PricePerMinute: '1', IncrementSeconds: '0' }, 'IncrementSeconds must be a whole number'],
    [{ PricePerMinute: '1', Direction: 'up' }, 'Direction must be one of'],
    [{ PricePerMinute: '1', Currency: '€' }, 'Currency must be the three letters'],
  ])('%o is refused: %s', async (form, message) => {
    const { status, body } = await ask(FIRST, 'POST', path, form as Record<string, string>);
    expect([status, body.message]).toEqual([400, expect.stringContaining(message)]);
  });
});

test('the official client library manages accounts and keys', async () => {
  const client = twilio(FIRST.sid, FIRST.token);
  client.api.baseUrl = api.url;
  const made = await client.api.accounts.create({ friendlyName: 'By the library' });
  expect(made).toMatchObject({
    friendlyName: 'By the library',
    status: 'active',
    ownerAccountSid: FIRST.sid,
  });
  expect(made.dateCreated.getFullYear()).toBeGreaterThan(2024);
  const listed = await client.api.accounts.list({ friendlyName: 'By the library' });
  expect(listed.map(({ sid }) => sid)).toEqual([made.sid]);
  expect((await client.api.accounts(made.sid).fetch()).authToken).toBe(made.authToken);

  const own = twilio(made.sid, made.authToken);
  own.api.baseUrl = api.url;
  const key = await own.newKeys.create({ friendlyName: 'A key' });
  expect(key.secret.length).toBeGreaterThan(30);
  expect((await own.keys.list()).map(({ sid }) => sid)).toEqual([key.sid]);
  const byKey = twilio(key.sid, key.secret, { accountSid: made.sid });
  byKey.api.baseUrl = api.url;
  expect((await byKey.api.accounts(made.sid).fetch()).sid).toBe(made.sid);
  await expect(byKey.keys.list()).rejects.toMatchObject({ status: 403 });
  expect((await own.keys(key.sid).update({ friendlyName: 'Renamed' })).friendlyName).toBe('Renamed');
  expect(await own.keys(key.sid).remove()).toBe(true);

  await client.api.accounts(made.sid).update({ status: 'suspended' });
  await expect(own.api.accounts(made.sid).fetch()).rejects.toMatchObject({ status: 403, code: 20005 });
  const closed = await client.api.accounts(made.sid).update({ status: 'closed' });
  expect(closed.status).toBe('closed');
});

function fail(message: string): never {
  throw new Error(message);
}

async function runSql(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
