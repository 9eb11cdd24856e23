import { beforeEach, describe, expect, test } from 'vitest';
import type { RegisterOptions, Registration, RegistrationReport } from './agent-register.js';
import { parseDigestParameters } from './digest-parameters.js';
import { verifyAuthorization } from './digest-verify.js';
import type { SipRequest } from './message.js';
import { cseqOf } from './message-fields.js';
import type { ResponseOptions } from './message-response.js';
import {
  AGENT_ADDRESS,
  type AgentBench,
  createAgentBench,
  NOTHING_LEFT,
  PEER_ADDRESS,
} from './testing/agent-bench.js';
import { ScriptedPeer } from './testing/scripted-peer.js';

let bench: AgentBench;
let reports: RegistrationReport[];

beforeEach(() => {
  bench = createAgentBench();
  reports = [];
});

async function register(more: Partial<RegisterOptions> = {}): Promise<Registration> {
  const registration = bench.agent.register({
    aor: 'sip:line@carrier.example',
    registrar: 'sip:carrier.example',
    targets: async () => [PEER_ADDRESS],
    expiresSeconds: 600,
    contactUser: 'line 1+',
    credentials: { username: 'line', password: 'secret' },
    onState: (report) => reports.push(report),
    ...more,
  });
  await pass(1);
  return registration;
}

/** Lets time pass, and what was promised meanwhile come true. */
async function pass(ms: number): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  bench.clock.advance(ms);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  bench.clock.advance(0);
}

async function reply(status: number, options: ResponseOptions = {}): Promise<void> {
  bench.peer.reply(bench.peer.last('REGISTER'), status, { toTag: 'r', ...options });
  await pass(1);
}

const grant = (seconds: number): [string, string] => [
  'Contact',
  `<sip:line%201+@203.0.113.1:5060>;expires=${seconds}`,
];

function registers(): SipRequest[] {
  return bench.peer.requests('REGISTER');
}

describe('a REGISTER', () => {
  test('says who, where and for how long', async () => {
    await register();
    const { uri, headers } = bench.peer.last('REGISTER');
    expect(uri).toBe('sip:carrier.example');
    expect(headers.get('To')).toBe('<sip:line@carrier.example>');
    expect(headers.get('From')).toMatch(/^<sip:line@carrier\.example>;tag=\w+$/);
    expect(headers.get('Contact')).toBe('<sip:line%201+@203.0.113.1:5060>;expires=600');
    expect(headers.get('Expires')).toBe('600');
    expect(headers.has('Authorization')).toBe(false);
  });

  test('names the public host that it was told', async () => {
    await register({ publicHost: '198.51.100.1' });
    const { headers } = bench.peer.last('REGISTER');
    expect(headers.get('Contact')).toContain('@198.51.100.1:5060>');
    expect(headers.get('Via')).toContain(' 198.51.100.1:5060;');
  });

  test('is refreshed at 85 % of what was granted: the same Call-ID, one more in CSeq', async () => {
    await register();
    await reply(200, { headers: [['Expires', '999'], grant(100)] });
    expect(reports).toMatchObject([{ kind: 'registered', expiresSeconds: 100, target: PEER_ADDRESS }]);
    await pass(84_990);
    expect(registers()).toHaveLength(1);
    await pass(10);
    expect(registers()).toHaveLength(2);
    const [first, second] = registers() as [SipRequest, SipRequest];
    expect(second.headers.get('Call-ID')).toBe(first.headers.get('Call-ID'));
    expect([first, second].map((one) => cseqOf(one).number)).toEqual([1, 2]);
    expect(bench.agent.counts().registrations).toBe(1);
  });

  test.each([
    [
      'the Contact that is ours among others',
      [['Contact', '<sip:other@192.0.2.7>;expires=50'], grant(90)],
      90,
    ],
    ['the only Contact, though it was rewritten', [['Contact', '<sip:line@10.0.0.1>;expires=70']], 70],
    ['Expires', [['Expires', '80']], 80],
    ['what was asked', [], 600],
  ] as [string, [string, string][], number][])(
    'takes the time from %s',
    async (_, headers, expiresSeconds) => {
      await register();
      await reply(200, { headers });
      expect(reports).toMatchObject([{ expiresSeconds }]);
    },
  );

  test('learns how the registrar sees us', async () => {
    await register();
    const request = bench.peer.last('REGISTER');
    const via = `${request.headers.get('Via')?.replace(';rport', ';rport=1024;received=198.51.100.5')}`;
    request.headers.set('Via', via);
    await reply(200);
    expect(reports).toMatchObject([{ publicAddress: { host: '198.51.100.5', port: 1024, protocol: 'UDP' } }]);
  });

  test('that cannot be written is refused before anything is sent', () => {
    expect(() =>
      bench.agent.register({
        aor: 'sip:a\r\nX: y',
        registrar: 'sip:carrier.example',
        targets: async () => [PEER_ADDRESS],
        expiresSeconds: 60,
        contactUser: 'a',
        onState: () => {},
      }),
    ).toThrow('cannot be written');
    expect(bench.agent.counts().registrations).toBe(0);
    expect(bench.network.sent).toEqual([]);
  });
});

describe('asked for the password', () => {
  const ask = (nonce: string, more = ''): [string, string] => [
    'WWW-Authenticate',
    `Digest realm="carrier", nonce="${nonce}", algorithm=SHA-256, qop="auth"${more}`,
  ];

  test('answers once, and refreshes with the nonce that it knows', async () => {
    await register();
    await reply(401, { headers: [ask('n1')] });
    const second = bench.peer.last('REGISTER');
    expect(
      verifyAuthorization(second.headers.get('Authorization') ?? '', {
        method: 'REGISTER',
        realm: 'carrier',
        nonce: 'n1',
        algorithm: 'SHA-256',
        uri: 'sip:carrier.example',
        password: () => 'secret',
      }),
    ).toBe(true);
    expect(cseqOf(second).number).toBe(2);
    await reply(200, { headers: [grant(100)] });
    await pass(85_000);
    const authorization = bench.peer.last('REGISTER').headers.get('Authorization') ?? '';
    expect(parseDigestParameters(authorization)?.get('nc')).toBe('00000002');
    await reply(401, { headers: [ask('n2', ', stale=true')] });
    await reply(200, { headers: [grant(100)] });
    expect(registers()).toHaveLength(4);
    expect(reports.map(({ kind }) => kind)).toEqual(['registered', 'registered']);
  });

  test('with a wrong password does not come back for 10 minutes', async () => {
    await register();
    await reply(401, { headers: [ask('n1')] });
    await reply(401, { headers: [ask('n2')] });
    expect(reports).toMatchObject([{ kind: 'failed', status: 401 }]);
    expect(registers()).toHaveLength(2);
    await pass(539_000);
    expect(registers()).toHaveLength(2);
    await pass(121_000);
    expect(registers()).toHaveLength(3);
  });
});

describe('a registrar', () => {
  test('that wants a longer time gets it at once', async () => {
    await register();
    await reply(423, { headers: [['Min-Expires', '1800']] });
    expect(bench.peer.last('REGISTER').headers.get('Expires')).toBe('1800');
    await reply(200);
    expect(reports).toMatchObject([{ kind: 'registered', expiresSeconds: 1800 }]);
  });

  test.each([403, 404])('that says %i is left alone for long', async (status) => {
    await register();
    await reply(status, { reason: 'No' });
    expect(reports).toMatchObject([{ kind: 'failed', status, reason: 'No' }]);
    await pass(500_000);
    expect(registers()).toHaveLength(1);
  });

  test('that is busy is asked again, when Retry-After says so', async () => {
    await register();
    await reply(503, { headers: [['Retry-After', '60']] });
    expect(reports).toMatchObject([{ kind: 'failed', status: 503, retryInMs: 60_000 }]);
    await pass(60_000);
    expect(registers()).toHaveLength(2);
  });

  test('that keeps nothing has not registered us', async () => {
    await register();
    await reply(200, { headers: [grant(0)] });
    expect(reports).toMatchObject([{ kind: 'failed', status: 200 }]);
  });

  test('that says nothing is asked again after its 32 s and a while', async () => {
    await register();
    await pass(32_000);
    expect(reports).toMatchObject([{ kind: 'failed', status: null, reason: 'no response' }]);
    const before = registers().length;
    await pass(7_500);
    expect(registers().length).toBeGreaterThan(before);
  });

  test('without an address is a failure, whether the question fails or is answered by none', async () => {
    await register({ targets: () => Promise.reject(new Error('no DNS')) });
    await register({ targets: async () => [] });
    expect(reports).toMatchObject([
      { kind: 'failed', reason: 'no DNS' },
      { kind: 'failed', reason: 'the registrar has no address' },
    ]);
  });

  test('with several addresses is asked at the next when one is silent or broken, and the first again at the refresh', async () => {
    const second = { host: '192.0.2.3', port: 5060 };
    const other = new ScriptedPeer(bench.network, { at: second, clock: bench.clock, to: AGENT_ADDRESS });
    await register({ targets: async () => [PEER_ADDRESS, second] });
    await pass(8000);
    expect(other.requests('REGISTER').length).toBe(1);
    other.reply(other.last('REGISTER'), 200, { toTag: 'r', headers: [grant(100)] });
    await pass(1);
    expect(reports).toMatchObject([{ kind: 'registered', target: second }]);
    await pass(85_000);
    await reply(500);
    expect(other.requests('REGISTER')).toHaveLength(2);
    expect(reports).toHaveLength(1);
    other.reply(other.last('REGISTER'), 503, { toTag: 'r' });
    await pass(1);
    expect(reports[1]).toMatchObject({ kind: 'failed', status: 503 });
  });
});

describe('stop', () => {
  test('takes the address back, and resolves when that is answered', async () => {
    const registration = await register();
    await reply(200, { headers: [grant(100)] });
    const stopped = registration.stop();
    await pass(1);
    const last = bench.peer.last('REGISTER');
    expect(last.headers.get('Contact')).toMatch(/;expires=0$/);
    expect(last.headers.get('Expires')).toBe('0');
    await reply(401, { headers: [['WWW-Authenticate', 'Digest realm="r", nonce="n"']] });
    expect(bench.peer.last('REGISTER').headers.get('Authorization')).toContain('nonce="n"');
    await reply(200);
    await stopped;
    expect(reports).toHaveLength(1);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('does not wait for more than 4 s', async () => {
    const registration = await register();
    let isStopped = false;
    void registration.stop().then(() => (isStopped = true));
    await pass(3999);
    expect(isStopped).toBe(false);
    await pass(1);
    expect(isStopped).toBe(true);
    expect(reports).toEqual([]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('while the addresses are looked up sends nothing any more', async () => {
    let answer: (targets: (typeof PEER_ADDRESS)[]) => void = () => {};
    const registration = await register({ targets: () => new Promise((done) => (answer = done)) });
    await registration.stop();
    answer([PEER_ADDRESS]);
    await pass(1000);
    expect(bench.network.sent).toEqual([]);
  });

  test('is what closing the agent does to each', async () => {
    await register();
    await reply(200, { headers: [grant(100)] });
    const closed = bench.agent.close();
    await pass(1);
    await reply(200);
    await closed;
    expect(registers()).toHaveLength(2);
    expect(bench.agent.counts().registrations).toBe(0);
  });
});
