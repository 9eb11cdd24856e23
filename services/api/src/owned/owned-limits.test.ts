import { connect } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCOUNT, basic } from '../testing/test-api.js';
import { startWholeApi, type WholeApi } from '../testing/whole-api.js';

/** What an account may have of each kind, over HTTP. */
let whole: WholeApi;
const ENV = {
  ...{ MAX_TRUNKS: '2', MAX_NUMBERS: '3', MAX_CLIENTS: '0', ACCOUNTS_TAKE_NUMBERS: 'true' },
  TRUNKS: 'sip:a.example, sip:b.example',
};

beforeAll(async () => {
  whole = await startWholeApi({ env: process.env, connect }, ENV);
}, 60_000);
afterAll(() => whole?.close());

async function ask(method: string, path: string, form?: Record<string, string>, login: Login = ACCOUNT) {
  const headers = { authorization: basic(login.sid, login.token), accept: 'application/json' };
  const response = await whole.api.send(method, `/2012-04-24${path}`, { headers, ...(form && { form }) });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

interface Login {
  sid: string;
  token: string;
}

test('trunks have a most, which those of the environment do not take up, and a delete makes room', async () => {
  const make = (n: number) => ask('POST', '/Trunks', { Host: `h${n}.example` });
  const answers = await Promise.all([1, 2, 3, 4].map(make));
  const [first, ...rest] = answers.filter(({ status }) => status === 201);
  expect(rest).toHaveLength(1);
  for (const { status, body } of answers.filter((one) => one.status !== 201)) {
    const message = expect.stringMatching(
      /^There are 2 trunks, all .*: delete one, or have MAX_TRUNKS raised$/,
    );
    expect([status, body.code, body.message]).toEqual([409, 21102, message]);
  }
  expect((await ask('GET', '/Trunks')).body.total).toBe(4);
  expect((await ask('DELETE', `/Trunks/${first?.body.sid}`)).status).toBe(204);
  expect((await make(5)).status).toBe(201);
});

test('so have numbers, of the account at the top by itself; where accounts take them, one below does', async () => {
  const { body } = await ask('POST', '/Accounts', { FriendlyName: 'Below' });
  const below = { sid: String(body.sid), token: String(body.auth_token) };
  const take = (n: number, login: Login) =>
    ask('POST', '/IncomingPhoneNumbers', { PhoneNumber: `+1555900010${n}` }, login);
  const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => take(n, below)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 409, 409]);
  expect((await take(6, ACCOUNT)).status).toBe(201);
});

test('0 is no limit', async () => {
  const make = (n: number) => ask('POST', '/Clients', { Login: `c${n}`, Password: 'correct horse 1' });
  const answers = await Promise.all([1, 2, 3, 4, 5].map(make));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
});
