import type { Client, DirectoryEntry } from '@trunkline/contracts';
import { mintSid } from '@trunkline/contracts';
import { plainTrunk } from '@trunkline/contracts/testing';
import type { SipAddress } from '@trunkline/sip';
import { expect, test } from 'vitest';
import { ACCOUNT_SID, CARRIER, createInboundWorld, makeClient, PAGE } from '../testing/inbound-bench.js';
import { createCaller, createPhone } from '../testing/inbound-parties.js';
import { passTime } from '../testing/pass-time.js';

const DIALER = { host: '192.0.2.9', port: 5060 };
const DESK = { host: '203.0.113.5', port: 5062 };

async function start(clients: Client[] = [makeClient('alice', 'pw')], more: DirectoryEntry[] = []) {
  const entries: DirectoryEntry[] = [
    ...clients.map((client) => ({ kind: 'client' as const, client })),
    ...more,
  ];
  const at = await createInboundWorld({ entries });
  at.customer.pages[PAGE] = '<Say/><Pause length="2"/>';
  const dialer = await at.startDialer('d1', DIALER);
  const answersTo = ({ host, port }: SipAddress) =>
    at.network.sent
      .filter(({ to }) => to.host === host && to.port === port)
      .map(({ text }) => Number(text.slice(8, 11)));
  const phone = (login: string, password: string, place = DESK) => {
    const one = createPhone(at.agentAt, { at: place, login, password, dialer: DIALER });
    const caller = createCaller(one.agent, DIALER);
    const call = (user: string, more: { userAgent?: string } = {}) =>
      caller.call(user, {
        from: { uri: `sip:${login}@trunkline.test` },
        credentials: { username: login, password },
        headers: [
          ['X-Desk', '5'],
          ...(more.userAgent ? [['User-Agent', more.userAgent] as [string, string]] : []),
        ],
      });
    return { ...one, ...caller, call };
  };
  /** A request of nobody in particular. */
  const sendText = (from: SipAddress, method: string, headers: string[] = []) => {
    const lines = [
      `${method} sip:100@192.0.2.9 SIP/2.0`,
      `Via: SIP/2.0/UDP ${from.host}:${from.port};branch=z9hG4bK${method}`,
      'Max-Forwards: 70',
      'From: <sip:100@192.0.2.9>;tag=x',
      'To: <sip:100@192.0.2.9>',
      'Call-ID: c',
      `CSeq: 1 ${method}`,
      ...headers,
      'Content-Length: 0',
    ];
    const wire = at.network.attach(from);
    wire.onMessage(() => {});
    wire.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), DIALER);
  };
  return { ...at, dialer, answersTo, phone, sendText };
}

test('a client calls through its own VoiceUrl, under its login, once it has given its password', async () => {
  const at = await start();
  const phone = at.phone('alice', 'pw');
  phone.call('+15550001111');
  await passTime(at.clock, 1_000);
  expect(at.answersTo(DESK).slice(0, 1)).toEqual([407]);
  expect(phone.heard).toEqual(['180', '200']);
  expect(at.customer.paramsOf(0)).toMatchObject({
    From: 'alice',
    To: '+15550001111',
    Direction: 'inbound',
    CallStatus: 'ringing',
    'SipHeader_X-Desk': '5',
  });
  await passTime(at.clock, 5_000);
  expect(at.story().names).toEqual(['ringing', 'in-progress', 'completed']);
  expect(at.story().call).toMatchObject({ accountSid: ACCOUNT_SID, phoneNumberSid: null });
});

test('a client without a VoiceUrl is told why', async () => {
  const at = await start([makeClient('alice', 'pw', { voice: { ...makeClient('x', '').voice, url: null } })]);
  const phone = at.phone('alice', 'pw');
  phone.call('bob');
  await passTime(at.clock, 1_000);
  expect(phone.heard).toEqual(['rejected 403']);
  expect(at.network.sent.some(({ text }) => /^Warning: 399 trunkline ".*VoiceUrl/m.test(text))).toBe(true);
});

test('a wrong password is refused, and after too many of them nothing is heard from there for minutes', async () => {
  const at = await start();
  const thief = at.phone('alice', 'guess');
  for (let n = 0; n < 10; n++) {
    thief.call('100');
    await passTime(at.clock, 500);
  }
  expect(thief.heard).toEqual(Array.from({ length: 10 }, () => 'rejected 403'));
  expect(at.counted.filter((what) => what === 'sign-in wrong-password')).toHaveLength(10);
  expect(at.dialer.door.counts().penalties).toBe(1);
  const before = at.answersTo(DESK).length;
  thief.call('100');
  await passTime(at.clock, 40_000);
  expect(thief.heard.at(-1)).toBe('no-response');
  expect(at.answersTo(DESK)).toHaveLength(before);
  expect(at.counted).toContain('dropped penalty');
  const owner = at.phone('alice', 'pw', { host: '203.0.113.6', port: 5060 });
  owner.call('100');
  await passTime(at.clock, 1_000);
  expect(owner.heard).toContain('200');
});

test.each(['REGISTER', 'INVITE', 'OPTIONS', 'SUBSCRIBE', 'MESSAGE', 'BYE', 'NONSENSE'])(
  'a stranger that sends %s hears nothing',
  async (method) => {
    const at = await start();
    at.sendText({ host: '198.51.100.1', port: 5060 }, method);
    await passTime(at.clock, 5_000);
    expect(at.answersTo({ host: '198.51.100.1', port: 5060 })).toEqual([]);
  },
);

test('a scanner hears nothing even where it knows a name', async () => {
  const at = await start([makeClient('100', 'pw')]);
  at.sendText(DESK, 'REGISTER', ['User-Agent: friendly-scanner', 'Contact: <sip:100@1.2.3.4>']);
  await passTime(at.clock, 1_000);
  expect(at.answersTo(DESK)).toEqual([]);
  expect(at.counted).toEqual(['dropped scanner']);
});

test('a phone that has signed in is answered whatever it asks, and nobody else', async () => {
  const at = await start();
  const phone = at.phone('alice', 'pw');
  phone.register();
  await passTime(at.clock, 1_000);
  const before = at.answersTo(DESK).length;
  at.sendText(DESK, 'OPTIONS');
  at.sendText(DESK, 'SUBSCRIBE');
  at.sendText(DESK, 'INVITE');
  await passTime(at.clock, 1_000);
  expect(at.answersTo(DESK).slice(before)).toEqual([200, 405]);
});

test.each([
  ['stray', 'ACK', ['Record-Route: <sip:x>']],
  ['stray', 'CANCEL', []],
  ['malformed', 'OPTIONS', ['CSeq: 1 INVITE']],
])(
  'what a stranger sends that is %s is counted as such, and is no fault of ours: %s',
  async (reason, method, headers) => {
    const at = await start();
    at.sendText(DESK, method, headers);
    await passTime(at.clock, 1_000);
    expect(at.counted).toEqual([`dropped ${reason}`]);
    expect(at.answersTo(DESK)).toEqual([]);
  },
);

test('what a trunk sends that is no SIP is a fault', async () => {
  const at = await start();
  at.sendText(CARRIER, 'OPTIONS', ['CSeq: 1 INVITE']);
  await passTime(at.clock, 1_000);
  expect(at.counted).toEqual(['fault']);
  expect(at.answersTo(CARRIER)).toEqual([400]);
});

test('about to go, calls and registrations are asked to come again', async () => {
  const at = await start();
  at.dialer.agent.setAvailable(false);
  const phone = at.phone('alice', 'pw');
  phone.call('100');
  await passTime(at.clock, 1_000);
  expect(phone.heard).toEqual(['rejected 503']);
  expect(at.network.sent.some(({ text }) => /^Retry-After: 10\r$/m.test(text))).toBe(true);
});

test('a trunk that asks whether we live is answered', async () => {
  const at = await start();
  at.sendText(CARRIER, 'OPTIONS');
  await passTime(at.clock, 1_000);
  expect(at.answersTo(CARRIER)).toEqual([200]);
  expect(at.dialer.door.isTrusted(CARRIER.host)).toBe(true);
  expect(at.dialer.door.isTrusted(DESK.host)).toBe(false);
});

/** A second account, with clients of its own. */
async function startWithTwoAccounts(passwords: [string, string]) {
  const other = mintSid('AC');
  const account: DirectoryEntry = {
    kind: 'account',
    sid: other,
    parentSid: null,
    status: 'active',
    currency: 'USD',
    authTokenSealed: '',
  };
  const ours = makeClient('alice', passwords[0]);
  const theirs = makeClient('alice', passwords[1], { accountSid: other });
  return { ...(await start([ours, theirs], [account])), other, ours, theirs };
}

test('of two accounts that have one login the password tells which it is, for REGISTER and for calls', async () => {
  const at = await startWithTwoAccounts(['pw', 'other']);
  const phone = at.phone('alice', 'other');
  phone.register();
  await passTime(at.clock, 1_000);
  expect(phone.states).toEqual(['registered']);
  expect((await at.bus.locations.read(at.theirs.sid))?.bindings).toHaveLength(1);
  expect(await at.bus.locations.read(at.ours.sid)).toBeNull();
  const own = at.phone('alice', 'pw', { host: '203.0.113.6', port: 5060 });
  own.call('100');
  await passTime(at.clock, 1_000);
  expect(own.heard).toContain('200');
  expect(at.story().call).toMatchObject({ accountSid: ACCOUNT_SID });
  expect(at.counted).toEqual(['invited taken']);
});

test('a login and password that two accounts have need the Sid of one in the domain', async () => {
  const at = await startWithTwoAccounts(['pw', 'pw']);
  const phone = at.phone('alice', 'pw');
  phone.register('trunkline.test');
  await passTime(at.clock, 1_000);
  expect(phone.states).toEqual(['failed 403']);
  expect(at.counted).toEqual(['sign-in ambiguous-login']);
  phone.register(`${at.other}.trunkline.test`);
  await passTime(at.clock, 1_000);
  expect(phone.states.at(-1)).toBe('registered');
});

test('nobody can shut out an address that is not theirs: a nonce is good where it was sent alone', async () => {
  const at = await start();
  const thief = at.phone('alice', 'guess', { host: '198.51.100.1', port: 5060 });
  thief.register();
  await passTime(at.clock, 1_000);
  const tries = at.network.sent.filter(({ text }) => /^Authorization: /m.test(text));
  const { text } = tries[0] as { text: string };
  const forged = at.network.attach(DESK);
  for (let n = 0; n < 20; n++)
    forged.send(Buffer.from(text.replaceAll('branch=', `branch=z9hG4bK${n}`)), DIALER);
  await passTime(at.clock, 1_000);
  expect(at.counted).toEqual(['sign-in wrong-password']);
  expect(new Set(at.answersTo(DESK))).toEqual(new Set([401]));
  expect(at.dialer.door.counts().penalties).toBe(0);
});

test('phones may share the address of a trunk: theirs are the calls with a name of theirs, from another port', async () => {
  const at = await start();
  const phone = at.phone('alice', 'pw', { host: CARRIER.host, port: 5999 });
  phone.call('bob');
  await passTime(at.clock, 1_000);
  expect(phone.heard).toEqual(['180', '200']);
  expect(at.story().call).toMatchObject({ from: 'alice', to: 'bob' });
  const gateway = createCaller(at.agentAt(CARRIER), DIALER);
  gateway.call(at.number.phoneNumber);
  await passTime(at.clock, 1_000);
  expect(gateway.heard).toEqual(['180', '200']);
});

test("a trunk of somebody else's that claims the address of a phone takes none of its calls", async () => {
  const accountSid = mintSid('AC');
  const thief = plainTrunk({ accountSid, host: DESK.host, port: DESK.port });
  const at = await start(
    [makeClient('100', 'pw')],
    [
      {
        ...{ kind: 'account', sid: accountSid, parentSid: null, status: 'active' },
        ...{ currency: 'USD', authTokenSealed: '' },
      },
      { kind: 'trunk', trunk: thief },
    ],
  );
  const phone = at.phone('100', 'pw');
  phone.register();
  await passTime(at.clock, 1_000);
  phone.call('+15550001111');
  await passTime(at.clock, 1_000);
  expect(phone.heard).toEqual(['180', '200']);
});
