import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCOUNT, basic } from '../testing/test-api.js';
import { startWholeApi, type WholeApi } from '../testing/whole-api.js';

/** Trunks over HTTP, on a real database and a real bus. */
const TRUNKS = 'sip:trunk:se%20cret@127.0.0.1:5080;transport=udp, sip:sip.carrier.example';
let whole: WholeApi;

beforeAll(async () => {
  whole = await startWholeApi({ env: process.env, connect }, { TRUNKS });
}, 60_000);
afterAll(() => whole?.close());

type Json = Record<string, unknown>;

async function ask(
  method: string,
  path: string,
  form?: Record<string, string> | [string, string][],
  { sid, token } = ACCOUNT as { sid: string; token: string },
) {
  const response = await whole.api.send(method, `/2012-04-24${path}`, {
    headers: { authorization: basic(sid, token), accept: 'application/json' },
    ...(form && { form }),
  });
  const text = await response.text();
  return { status: response.status, text, body: (text === '' ? {} : JSON.parse(text)) as Json };
}

async function make(form: Record<string, string> | [string, string][]): Promise<Json> {
  const { status, body } = await ask('POST', '/Trunks', form);
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

const told = (sid: unknown) => whole.servers.directory.trunks().find((trunk) => trunk.sid === sid);

describe('TRUNKS', () => {
  test('are the first account’s, in their order, and known to the cluster', async () => {
    const { body } = await ask('GET', '/Trunks');
    const trunks = body.trunks as Json[];
    expect(trunks.slice(0, 2)).toMatchObject([
      {
        ...{ friendly_name: '127.0.0.1:5080', host: '127.0.0.1', port: 5080, transport: 'udp', priority: 1 },
        ...{ username: 'trunk', has_password: true, from_environment: true, state: 'unknown', health: [] },
      },
      {
        host: 'sip.carrier.example',
        port: null,
        transport: null,
        priority: 2,
        username: null,
        has_password: false,
      },
    ]);
    const [first] = whole.servers.directory.trunksFor(ACCOUNT.sid);
    expect(first && whole.servers.directory.passwordOf(first)).toBe('se cret');
    expect(first).not.toHaveProperty('environmentPlace');
  });

  test('are not changed or removed by requests', async () => {
    const { body } = await ask('GET', '/Trunks');
    const sid = (body.trunks as Json[])[0]?.sid;
    for (const [method, form] of [
      ['POST', { Enabled: 'false' }],
      ['DELETE', undefined],
    ] as const) {
      const refused = await ask(method, `/Trunks/${sid}`, form);
      expect([refused.status, refused.body.message]).toEqual([
        409,
        expect.stringContaining('variable TRUNKS'),
      ]);
    }
    expect((await ask('GET', `/Trunks/${sid}`)).body.enabled).toBe(true);
  });

  test('are made equal to the environment at the next start, and what it does not say is left alone', async () => {
    const own = await make({ Host: 'own.example' });
    const before = whole.servers.directory.trunksFor(ACCOUNT.sid);
    await whole.restart({ TRUNKS: TRUNKS.replace(/,.*/, '') });
    await expect.poll(() => told(before[1]?.sid)).toBeUndefined();
    expect(told(before[0]?.sid)).toEqual(before[0]);
    await whole.restart({ TRUNKS: 'sip:127.0.0.2' });
    await expect.poll(() => told(before[0]?.sid)?.host).toBe('127.0.0.2');
    expect(told(before[0]?.sid)).toMatchObject({ username: null, passwordSealed: null, name: '127.0.0.2' });
    await whole.restart({ TRUNKS: '' });
    await expect
      .poll(() => whole.servers.directory.trunksFor(ACCOUNT.sid).map(({ sid }) => sid))
      .toEqual([own.sid]);
    await ask('DELETE', `/Trunks/${own.sid}`);
  });
});

test('a URI says all of it; the password is sealed for the trunk, told to dialers, and never shown', async () => {
  const made = await ask('POST', '/Trunks', {
    Host: 'sip:us%40er:pass%3Aword@Carrier.Example:5061;transport=TLS',
    FriendlyName: 'Carrier A',
    Register: 'true',
    OutboundProxy: 'proxy.example:5070',
    InboundAddresses: '192.0.2.0/24, 2001:db8::1',
    MaxChannels: '10',
    SessionExpires: '0',
  });
  expect(made.body).toMatchObject({
    ...{
      friendly_name: 'Carrier A',
      host: 'carrier.example',
      port: 5061,
      transport: 'tls',
      username: 'us@er',
    },
    ...{
      has_password: true,
      outbound_proxy: 'sip:proxy.example:5070',
      max_channels: 10,
      session_expires: null,
    },
    ...{ inbound_addresses: ['192.0.2.0/24', '2001:db8::1'], priority: 10, weight: 10, options_interval: 30 },
    ...{ from_environment: false, registered: null, state: 'unknown', enabled: true },
  });
  expect(made.text).not.toContain('pass:word');
  const { sid } = made.body;
  await expect.poll(() => told(sid)?.name).toBe('Carrier A');
  const trunk = told(sid);
  expect(trunk && whole.servers.directory.passwordOf(trunk)).toBe('pass:word');
  expect(trunk?.passwordSealed).not.toContain('pass');
  for (const extension of ['xml', 'csv', 'json']) {
    const shown = await (await whole.api.send('GET', `/2012-04-24/Trunks.${extension}`)).text();
    expect(shown).toContain('carrier.example');
    expect(shown).not.toMatch(/pass:word|sealed/i);
  }
  expect((await ask('DELETE', `/Trunks/${sid}`)).status).toBe(204);
  await expect.poll(() => told(sid)).toBeUndefined();
  expect((await ask('GET', `/Trunks/${sid}`)).status).toBe(404);
});

test('a change is of what is given; an empty value takes away what may be absent', async () => {
  const { sid } = await make({
    Host: '192.0.2.1:5070',
    Username: 'u',
    Password: 'p',
    MaxChannels: '3',
    FromDomain: 'a.example',
  });
  const path = `/Trunks/${sid}`;
  const first = await ask('POST', path, [
    ...([
      ['MaxChannels', ''],
      ['FromDomain', ''],
      ['Transport', 'tcp'],
      ['Enabled', 'false'],
    ] as [string, string][]),
    ...([
      ['InboundAddresses', '192.0.2.7'],
      ['InboundAddresses', '192.0.2.8 192.0.2.7'],
    ] as [string, string][]),
  ]);
  expect(first.body).toMatchObject({
    ...{ host: '192.0.2.1', port: 5070, transport: 'tcp', max_channels: null, from_domain: null },
    ...{
      enabled: false,
      state: 'disabled',
      username: 'u',
      has_password: true,
      friendly_name: '192.0.2.1:5070',
    },
    inbound_addresses: ['192.0.2.7', '192.0.2.8'],
  });
  const second = await ask('POST', path, {
    Username: '',
    InboundAddresses: '',
    Host: 'other.example',
    Port: '',
  });
  expect(second.body).toMatchObject({
    ...{ host: 'other.example', port: null, transport: 'tcp', username: null, has_password: false },
    inbound_addresses: [],
  });
  const third = await ask('POST', path, { Host: 'sip:third.example' });
  expect(third.body).toMatchObject({ host: 'third.example', port: null, transport: null });
  await expect.poll(() => told(sid)?.host).toBe('third.example');
});

test('two changes at once, each right alone, leave no trunk that registers with nobody’s name', async () => {
  const made = await Promise.all(
    Array.from({ length: 8 }, (_, n) => make({ Host: `h${n}.example`, Username: 'u', Password: 'p' })),
  );
  const outcomes = made.map(async ({ sid }) => {
    const changes = [{ Register: 'true' }, { Username: '' }];
    const both = await Promise.all(changes.map((form) => ask('POST', `/Trunks/${sid}`, form)));
    const { body } = await ask('GET', `/Trunks/${sid}`);
    return [both.map(({ status }) => status).sort(), body.register === (body.username !== null)];
  });
  for (const outcome of await Promise.all(outcomes)) expect(outcome).toEqual([[200, 400], true]);
});

test.each([
  [{}, 'Host is required'],
  [{ Host: '' }, 'Host is required'],
  [{ Host: '192.0.2.1', AllowRefer: 'true' }, 'AllowRefer must be false'],
  [{ Host: '300.1.1.1' }, 'Host must be a host name'],
  [{ Host: '0.0.0.0' }, 'Host cannot be the unspecified address'],
  [{ Host: 'sip:[::]:5060' }, 'Host cannot be the unspecified address'],
  [{ Host: '239.1.2.3:5060' }, 'Host cannot be a multicast address'],
  [{ Host: '255.255.255.255' }, 'Host cannot be a broadcast'],
  [{ Host: '::ffff:239.1.2.3' }, 'Host has IPv4 in the notation of IPv6'],
  [{ Host: 'sip:u@carrier.example' }, 'Host has a user without a password'],
  [{ Host: 'sip:u:@carrier.example' }, 'Host has a user without a password'],
  [{ Host: 'h.example', OutboundProxy: 'sip:[ff02::1]' }, 'OutboundProxy cannot be a multicast'],
  [{ Host: 'h.example', OutboundProxy: 'sip:u@proxy.example' }, 'OutboundProxy cannot have a user'],
  [{ Host: 'h.example', FromDomain: '0.0.0.0' }, 'FromDomain cannot be the unspecified'],
  [{ Host: 'h.example', PublicAddress: '0.0.0.0' }, 'PublicAddress cannot be the unspecified'],
  [{ Host: 'h.example', PublicAddress: '::' }, 'PublicAddress cannot be the unspecified'],
  [{ Host: 'h.example', PublicAddress: 'ff05::1' }, 'PublicAddress cannot be a multicast'],
  [{ Host: 'h.example', PublicAddress: '255.255.255.255' }, 'PublicAddress cannot be a broadcast'],
  [
    { Host: 'h.example', InboundAddresses: '192.0.2.1 0.0.0.0' },
    'InboundAddresses cannot be the unspecified',
  ],
  [{ Host: 'h.example', InboundAddresses: '224.0.0.0/8' }, 'InboundAddresses cannot be a multicast'],
  [{ Host: 'h.example', InboundAddresses: 'fe00::/16, ff00::/16' }, 'InboundAddresses cannot be a multicast'],
  [{ Host: 'h.example', InboundAddresses: '::/16' }, 'InboundAddresses cannot be the unspecified'],
  [{ Host: 'h.example', InboundAddresses: '::ffff:0:0/96' }, 'InboundAddresses has IPv4 in the notation'],
  [{ Host: 'a_b.example' }, 'Host must be a host name'],
  [{ Host: 'u:p@carrier.example' }, 'Host must begin with sip:'],
  [{ Host: 'sip:carrier.example:0' }, 'Host has a port that is none'],
  [{ Host: 'sip:carrier.example;transport=ws' }, 'Host may have the parameter transport only'],
  [{ Host: 'sip:carrier.example;maddr=1.2.3.4' }, 'Host may have the parameter transport only'],
  [{ Host: 'sip:a%zz:b@carrier.example' }, 'Host has a user or a password that'],
  [{ Host: 'sip:carrier.example?X-A=1' }, 'Host must be a host name'],
  [{ Host: 'carrier.example:5060', Port: '5070' }, 'Port is in Host already'],
  [{ Host: 'sip:u:p@carrier.example', Username: 'v' }, 'Username is in Host already'],
  [{ Host: 'h.example', Port: '0' }, 'Port must be a whole number'],
  [{ Host: 'h.example', Transport: 'ws' }, 'Transport must be one of udp, tcp, tls'],
  [{ Host: 'h.example', OutboundProxy: 'sip:u:p@proxy.example' }, 'OutboundProxy cannot have a user'],
  [{ Host: 'h.example', Register: 'true' }, 'Username is required to register'],
  [{ Host: 'h.example', Username: 'u' }, 'Password is required with Username'],
  [{ Host: 'h.example', Password: 'p' }, 'Username is required with Password'],
  [
    { Host: 'h.example', SessionExpires: '89' },
    'SessionExpires must be a whole number from 90 to 86400, or 0',
  ],
  [
    { Host: 'h.example', InboundAddresses: '192.0.2.1,carrier.example' },
    'InboundAddresses must be IP addresses',
  ],
  [{ Host: 'h.example', InboundAddresses: '192.0.2.0/33' }, 'InboundAddresses must be IP addresses'],
  [{ Host: 'h.example', InboundAddresses: '0.0.0.0/0' }, 'InboundAddresses has a range that is too wide'],
  [{ Host: 'h.example', PublicAddress: 'h.example' }, 'PublicAddress must be an IP address'],
  [{ Host: 'h.example', NumberPrefix: 'abc' }, 'NumberPrefix must be up to 15'],
  [{ Host: 'h.example', MaxChannels: '-1' }, 'MaxChannels must be a whole number'],
  [{ Host: 'h.example', maxChannels: '1' }, 'maxChannels is not known'],
  [{ Host: 'h.example', FriendlyName: 'x'.repeat(65) }, 'FriendlyName is longer'],
] as [Record<string, string>, string][])('%j is refused', async (form, complaint) => {
  const { status, body } = await ask('POST', '/Trunks', form);
  expect([status, body.message]).toEqual([400, expect.stringContaining(complaint)]);
});

test('an account below another has narrow ranges alone; the one at the top sets what it likes', async () => {
  const { body } = await ask('POST', '/Accounts', { FriendlyName: 'Below' });
  const below = { sid: String(body.sid), token: String(body.auth_token) };
  const wide = { Host: 'h.example', InboundAddresses: '192.0.2.1, 198.51.0.0/16' };
  const refused = await ask('POST', '/Trunks', wide, below);
  expect([refused.status, refused.body.message]).toEqual([400, expect.stringContaining('/24 is the widest')]);
  const narrow = { Host: 'h.example', InboundAddresses: '192.0.2.0/24, 2001:db8::/48' };
  const made = await ask('POST', '/Trunks', narrow, below);
  expect(made.status).toBe(201);
  const change = { InboundAddresses: '2001:db8::/47' };
  expect((await ask('POST', `/Trunks/${made.body.sid}`, change, below)).status).toBe(400);
  expect((await ask('POST', '/Trunks', { ...wide, Host: 'i.example' })).status).toBe(201);
  const forIt = await ask('POST', `/Accounts/${below.sid}/Trunks/${made.body.sid}`, change);
  expect([forIt.status, forIt.body.inbound_addresses]).toEqual([200, ['2001:db8::/47']]);
});

test('how it looks is told for each dialer, and in one word', async () => {
  const { sid } = await make({ Host: 'seen.example', Register: 'true', Username: 'u', Password: 'p' });
  const lease = (dialerId: string, trunks: Record<string, unknown>) =>
    whole.servers.bus.leases.renew({
      ...{ dialerId, sipAddress: '127.0.0.1:5060', startedAt: new Date().toISOString(), draining: false },
      trunks: trunks as never,
    });
  await lease('dialer-b', { [String(sid)]: { state: 'down', registered: null, reason: 'no answer' } });
  await lease('dialer-a', { [String(sid)]: { state: 'up', registered: true, reason: null } });
  await lease('dialer-c', {});
  const { body } = await ask('GET', `/Trunks/${sid}`);
  expect(body).toMatchObject({
    state: 'up',
    registered: true,
    health: [
      { dialer: 'dialer-a', state: 'up', registered: true, reason: null },
      { dialer: 'dialer-b', state: 'down', registered: null, reason: 'no answer' },
    ],
  });
});
