import { expect, test } from 'vitest';
import { planServices, portsOf, readSandboxPlan, splitRange } from './services.mjs';

const WORLD = {
  urls: { postgres: 'postgres://mine', redis: 'redis://mine', nats: 'nats://mine' },
  account: { sid: 'AC1', token: 'secret' },
  secretKey: 'key',
};

test('without settings there are two dialers on ports of their own, and a simulator as their trunk', () => {
  const plan = readSandboxPlan({});
  const services = planServices(plan, { ...WORLD, env: {} });
  expect(services.map(({ label }) => label)).toEqual([
    'simulator',
    'api',
    'recorder',
    'notifier',
    'dialer-0',
    'dialer-1',
  ]);
  const [first, second] = services.slice(-2).map(({ env }) => env());
  expect([first?.SIP_PORT, second?.SIP_PORT]).toEqual(['5060', '5061']);
  expect(first?.RTP_PORTS).not.toBe(second?.RTP_PORTS);
  // The dialer itself tells its lives apart.
  expect([first?.DIALER_ID, second?.DIALER_ID]).toEqual(['dialer-0', 'dialer-1']);
  const toldTrunks = services
    .filter(({ env }) => env().TRUNKS)
    .map(({ label, env }) => [label, env().TRUNKS]);
  expect(toldTrunks).toEqual([['api', 'sip:trunk:secret@127.0.0.1:5080']]);
  expect(portsOf(plan).map(({ port, protocol, variable }) => `${variable}=${port} ${protocol}`)).toEqual([
    'API_PORT=8080 TCP',
    'SIP_PORT=5060 UDP',
    'SIP_PORT=5061 UDP',
    'SIP_PORT=5060 TCP',
    'SIP_PORT=5061 TCP',
    'SIMULATOR_PORT=5080 UDP',
  ]);
});

test('TLS ports stand behind the others, and TCP can be left out', () => {
  const env = { SIP_TLS_KEY: '/key', SIP_TLS_CERT: '/cert', SIP_TCP_PORT: '0' };
  const plan = readSandboxPlan(env);
  const dialers = planServices(plan, { ...WORLD, env }).slice(-2);
  expect(dialers.map(({ env }) => [env().SIP_TCP_PORT, env().SIP_TLS_PORT])).toEqual([
    ['0', '5062'],
    ['0', '5063'],
  ]);
  expect(portsOf(plan).map(({ port, protocol }) => `${port} ${protocol}`)).toEqual([
    '8080 TCP',
    '5060 UDP',
    '5061 UDP',
    '5062 TCP',
    '5063 TCP',
    '5080 UDP',
  ]);
});

test('only the api is told the account', () => {
  const env = { TRUNKLINE_ACCOUNT_SID: 'AC1', TRUNKLINE_AUTH_TOKEN: 'secret' };
  const services = planServices(readSandboxPlan({}), { ...WORLD, env });
  const told = services.filter(({ env }) => env().TRUNKLINE_AUTH_TOKEN).map(({ label }) => label);
  expect(told).toEqual(['api']);
});

test('what the user set is kept, empty values are not', () => {
  const env = {
    DIALERS: '3',
    TRUNKS: 'sip:carrier.example',
    LOG_LEVEL: 'debug',
    SECRET_KEY: '',
    MARKUP_ALLOW_PRIVATE: 'false',
  };
  const services = planServices(readSandboxPlan(env), { ...WORLD, env });
  expect(services.filter(({ label }) => label.startsWith('dialer'))).toHaveLength(3);
  expect(services.find(({ label }) => label === 'api')?.env().TRUNKS).toBe('sip:carrier.example');
  expect(services.at(-1)?.env()).toMatchObject({
    LOG_LEVEL: 'debug',
    SECRET_KEY: 'key',
    MARKUP_ALLOW_PRIVATE: 'false',
    DATABASE_URL: 'postgres://mine',
  });
  expect(services.at(-1)?.env().SIP_BIND).toBeUndefined();
});

test('trunks may be on this machine, and who says where SIP is bound is told no address of another IP version', () => {
  const plan = readSandboxPlan({});
  const dialer = (/** @type {NodeJS.ProcessEnv} */ env) =>
    planServices(plan, { ...WORLD, env })
      .at(-1)
      ?.env();
  expect(dialer({})).toMatchObject({ TRUNK_ALLOW_PRIVATE: 'true' });
  expect(dialer({})).toMatchObject({ SIP_BIND: '127.0.0.1', SIP_PUBLIC_ADDRESS: '127.0.0.1' });
  expect(dialer({ SIP_BIND: '::' })?.SIP_BIND).toBe('::');
  expect(dialer({ SIP_BIND: '::' })?.SIP_PUBLIC_ADDRESS).toBeUndefined();
});

test("a service's own settings reach it, empty ones do not", () => {
  const given = {
    api: {
      REQUESTS_PER_SECOND: '20',
      CONCURRENT_CALLS: '5',
      EMERGENCY_REGIONS: 'US,CA',
      STREAMS_PER_ACCOUNT: '0',
      STREAMS_MAX: '10',
    },
    recorder: { CALLS_PARTITION: 'day', RETENTION_DAYS: '30' },
  };
  const env = { ...given.api, ...given.recorder, ACCOUNTS_REFRESH: '' };
  const services = planServices(readSandboxPlan({}), { ...WORLD, env });
  const environmentOf = (/** @type {string} */ name) => services.find(({ label }) => label === name)?.env();
  expect(environmentOf('api')).toMatchObject(given.api);
  expect(environmentOf('api')).not.toHaveProperty('ACCOUNTS_REFRESH');
  expect(environmentOf('recorder')).toMatchObject(given.recorder);
});

test.for([
  [{ API_PORT: 'x' }, 'API_PORT must be a whole number'],
  [{ DIALERS: '0' }, 'DIALERS must be a whole number from 1 to 50'],
  [{ SIP_PORT: '5079' }, 'SIMULATOR_PORT (5080) is one of the dialers'],
  [{ RTP_PORTS: '30000-20000' }, 'RTP_PORTS must be a range'],
])('%j is refused', ([env, complaint]) => {
  expect(() => readSandboxPlan(/** @type {NodeJS.ProcessEnv} */ (env))).toThrow(String(complaint));
});

test('every fault is told at once', () => {
  const env = /** @type {NodeJS.ProcessEnv} */ ({ API_PORT: 'x', DIALERS: '0', RTP_PORTS: 'many' });
  expect(() => readSandboxPlan(env)).toThrow(/API_PORT.*DIALERS.*RTP_PORTS/s);
});

test('parts of a range do not touch and begin with an even port', () => {
  expect(splitRange({ from: 20_001, to: 20_013 }, 3)).toEqual(['20002-20005', '20006-20009', '20010-20013']);
  expect(() => splitRange({ from: 20_000, to: 20_003 }, 3)).toThrow('too few ports');
});
