import { connect } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCOUNT } from '../testing/test-api.js';
import { startWholeApi, type WholeApi } from '../testing/whole-api.js';

/** Clients over HTTP, on a real database and a real bus. */
let whole: WholeApi;

beforeAll(async () => {
  whole = await startWholeApi({ env: process.env, connect });
}, 60_000);
afterAll(() => whole?.close());

const PASSWORD = 'correct horse 1';

async function ask(method: string, path: string, form?: Record<string, string>) {
  const headers = { accept: 'application/json' };
  const auth = `Basic ${Buffer.from(`${ACCOUNT.sid}:${ACCOUNT.token}`).toString('base64')}`;
  const response = await whole.api.send(method, `/2012-04-24${path}`, {
    headers: { ...headers, authorization: auth },
    ...(form && { form }),
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

const told = (login: string) => whole.servers.directory.clientOf(ACCOUNT.sid, login);
const passwordOf = (login: string) => {
  const client = told(login);
  return client && whole.servers.directory.passwordOf(client);
};

test('a client is made, listed, changed and removed, and its password is never shown', async () => {
  const made = await ask('POST', '/Clients', {
    Login: 'alice',
    Password: PASSWORD,
    VoiceUrl: 'https://example.com/a',
  });
  expect([made.status, made.body]).toMatchObject([
    201,
    {
      login: 'alice',
      friendly_name: 'alice',
      status: 1,
      enabled: true,
      voice_url: 'https://example.com/a',
      devices: [],
    },
  ]);
  expect(made.text).not.toMatch(/horse|sealed/);
  await expect.poll(() => passwordOf('alice')).toBe(PASSWORD);
  const { sid } = made.body;
  const listed = await ask('GET', '/Clients?Login=alice');
  expect(listed.body).toMatchObject({
    total: 1,
    clients: [{ sid, devices: null, registered_devices: null }],
  });
  for (const extension of ['xml', 'csv']) {
    const shown = await (await whole.api.send('GET', `/2012-04-24/Clients/${sid}.${extension}`)).text();
    expect(shown).toContain('alice');
    expect(shown).not.toMatch(/horse|sealed/i);
  }
  const changed = await ask('POST', `/Clients/${sid}`, {
    Password: `${PASSWORD}2`,
    Status: '0',
    FriendlyName: 'Alice',
  });
  expect(changed.body).toMatchObject({ enabled: false, status: 0, friendly_name: 'Alice', login: 'alice' });
  await expect.poll(() => [passwordOf('alice'), told('alice')?.enabled]).toEqual([`${PASSWORD}2`, false]);
  expect((await ask('DELETE', `/Clients/${sid}`)).status).toBe(204);
  await expect.poll(() => told('alice')).toBeNull();
  expect((await ask('DELETE', `/Clients/${sid}`)).status).toBe(404);
});

test('a login is there once an account, in its case', async () => {
  await ask('POST', '/Clients', { Login: 'bob', Password: PASSWORD });
  const taken = await ask('POST', '/Clients', { Login: 'bob', Password: PASSWORD });
  expect([taken.status, taken.body.message]).toEqual([409, 'Login is taken already in this account']);
  expect((await ask('POST', '/Clients', { Login: 'Bob', Password: PASSWORD })).status).toBe(201);
});

test('one that is read tells its devices, and those are forgotten with its password', async () => {
  const { body } = await ask('POST', '/Clients', { Login: 'carol', Password: PASSWORD });
  const clientSid = String(body.sid);
  const { locations } = whole.servers.bus;
  const binding = {
    contact: 'sip:carol@10.0.0.9:5060',
    source: { protocol: 'UDP' as const, host: '192.0.2.9', port: 40_000 },
    ...{
      dialerId: 'dialer-0',
      dialerAddress: '127.0.0.1:5060',
      callId: 'c',
      cseq: 1,
      q: 1,
      instanceId: null,
    },
    userAgent: 'Phone/1.0',
  };
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  await locations.change(clientSid, () => ({
    clientSid,
    bindings: [
      { ...binding, expiresAt: inMs(60_000) },
      { ...binding, contact: 'sip:gone', expiresAt: inMs(-60_000) },
    ],
  }));
  const read = await ask('GET', `/Clients/${clientSid}`);
  expect(read.body).toMatchObject({
    registered_devices: 1,
    devices: [
      {
        ...{
          contact: binding.contact,
          address: 'UDP 192.0.2.9:40000',
          user_agent: 'Phone/1.0',
          dialer: 'dialer-0',
        },
        expires: expect.stringMatching(/Z$/),
      },
    ],
  });
  const changed = await ask('POST', `/Clients/${clientSid}`, { FriendlyName: 'Carol' });
  expect(changed.body.registered_devices).toBe(1);
  const renewed = await ask('POST', `/Clients/${clientSid}`, { Password: 'another pass-phrase' });
  expect(renewed.body.registered_devices).toBe(0);
});

test.each([
  [{ Password: PASSWORD }, 'Login is required'],
  [{ Login: 'dave' }, 'Password is required'],
  [{ Login: 'da ve', Password: PASSWORD }, 'Login must be 1 to 64'],
  [{ Login: 'dave@example.com', Password: PASSWORD }, 'Login must be 1 to 64'],
  [{ Login: 'dave', Password: 'short-1' }, 'Password must have at least 8 characters'],
  [{ Login: 'dave', Password: 'aaaaaaaa1' }, 'Password must have at least 5 different'],
  [{ Login: 'dave', Password: '1234567890' }, 'Password must have letters as well'],
  [{ Login: 'dave', Password: 'abcdefghij' }, 'Password must have letters as well'],
  [{ Login: 'dave', Password: 'dave-1234' }, 'Password must not be made from the login'],
  [{ Login: 'dave', Password: PASSWORD, Status: '2' }, 'Status must be 1'],
  [{ Login: 'dave', Password: PASSWORD, Status: '0', Enabled: 'true' }, 'Enabled says something else'],
  [{ Login: 'dave', Password: PASSWORD, VoiceUrl: 'x' }, 'VoiceUrl must be an absolute http'],
] as [Record<string, string>, string][])('%j is refused', async (form, complaint) => {
  const { status, body } = await ask('POST', '/Clients', form);
  expect([status, body.message]).toEqual([400, expect.stringContaining(complaint)]);
  expect(JSON.stringify(body)).not.toContain(PASSWORD);
});
