import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readApiConfig } from './config.js';

const SID = 'AC0193F2A0B1C27D3E8F4A5B6C7D8E9F01';
const GIVEN = {
  DATABASE_URL: 'postgres://127.0.0.1/trunkline',
  REDIS_URL: 'redis://127.0.0.1',
  NATS_URL: 'nats://a:4222,nats://b:4222',
  SECRET_KEY: 'f'.repeat(32),
};

test('what is needed is enough', () => {
  expect(readApiConfig(GIVEN)).toMatchObject({ API_PORT: 8080, API_HOST: '0.0.0.0', firstAccount: null });
});

test('the first account has the default email, and its Sid in lower case', () => {
  const { firstAccount } = readApiConfig({
    ...GIVEN,
    TRUNKLINE_ACCOUNT_SID: SID,
    TRUNKLINE_AUTH_TOKEN: 'some-token',
  });
  expect(firstAccount).toEqual({
    sid: `AC${SID.slice(2).toLowerCase()}`,
    email: 'administrator@company.com',
    token: 'some-token',
  });
});

test('every fault is told at once; SECRET_KEY says how to make one', () => {
  expect(() => readApiConfig({ API_PORT: 'x', TRUNKLINE_ACCOUNT_SID: 'AC1' })).toThrow(
    /DATABASE_URL.*REDIS_URL.*NATS_URL.*API_PORT.*SECRET_KEY.*openssl rand -hex 32.*TRUNKLINE_ACCOUNT_SID/s,
  );
});

test('a short key is refused without showing it', () => {
  const read = () => readApiConfig({ ...GIVEN, SECRET_KEY: 'hunter2' });
  expect(read).toThrow('SECRET_KEY  is too short');
  expect(read).not.toThrow('hunter2');
});

test.each([
  [{ TRUNKLINE_ACCOUNT_SID: SID }, 'TRUNKLINE_AUTH_TOKEN  is not set'],
  [{ TRUNKLINE_AUTH_TOKEN: 'some-token' }, 'TRUNKLINE_ACCOUNT_SID  is not set'],
])('half an account is refused', (half, message) => {
  expect(() => readApiConfig({ ...GIVEN, ...half })).toThrow(message);
});

test.each(['ws://a:4222', 'wss://a:4222', 'http://a:4222', 'a:4222'])('%s is no NATS server', (url) => {
  expect(() => readApiConfig({ ...GIVEN, NATS_URL: url })).toThrow(
    'NATS_URL  must be a URL that begins with nats:// or tls://',
  );
});

test('half an account is told together with every other fault', () => {
  expect(() => readApiConfig({ TRUNKLINE_AUTH_TOKEN: 'some-token', API_PORT: 'x' })).toThrow(
    /DATABASE_URL.*API_PORT.*TRUNKLINE_ACCOUNT_SID +is not set, but TRUNKLINE_AUTH_TOKEN is/s,
  );
  expect(() => readApiConfig({ ...GIVEN, TRUNKLINE_AUTH_TOKEN: 'short' })).toThrow(
    /TRUNKLINE_ACCOUNT_SID +is not set.*TRUNKLINE_AUTH_TOKEN +must have 8 characters/s,
  );
});

test.each([
  [{}, 240],
  [{ EMERGENCY_REGIONS: 'none' }, 0],
  [{ EMERGENCY_REGIONS: 'us, CA' }, 2],
])('emergency numbers are those of all regions, or of some: %j', (asked, count) => {
  const { EMERGENCY_REGIONS: regions } = readApiConfig({ ...GIVEN, ...asked });
  expect(Math.min(regions.length, 240)).toBe(count);
});

test('a region that there is not is refused', () => {
  expect(() => readApiConfig({ ...GIVEN, EMERGENCY_REGIONS: 'US,UK' })).toThrow(
    'EMERGENCY_REGIONS  must be all, none, or regions of two letters',
  );
});

test('accounts have no limits unless the environment says so', () => {
  expect(readApiConfig(GIVEN)).toMatchObject({ REQUESTS_PER_SECOND: 0, CONCURRENT_CALLS: 0 });
  const limited = readApiConfig({ ...GIVEN, REQUESTS_PER_SECOND: '20', CONCURRENT_CALLS: '5' });
  expect(limited).toMatchObject({ REQUESTS_PER_SECOND: 20, CONCURRENT_CALLS: 5 });
  expect(() => readApiConfig({ ...GIVEN, CONCURRENT_CALLS: '-1' })).toThrow('CONCURRENT_CALLS');
});

test('trunks, numbers and clients are bounded, and numbers given, unless the environment says otherwise', () => {
  const plain = { MAX_TRUNKS: 20, MAX_NUMBERS: 10_000, MAX_CLIENTS: 10_000, ACCOUNTS_TAKE_NUMBERS: false };
  expect(readApiConfig(GIVEN)).toMatchObject(plain);
  const asked = { MAX_TRUNKS: '0', ACCOUNTS_TAKE_NUMBERS: 'true' };
  expect(readApiConfig({ ...GIVEN, ...asked })).toMatchObject({ MAX_TRUNKS: 0, ACCOUNTS_TAKE_NUMBERS: true });
  expect(() => readApiConfig({ ...GIVEN, MAX_CLIENTS: '-1' })).toThrow('MAX_CLIENTS');
});

describe('TRUNKS', () => {
  const read = (TRUNKS: string) =>
    readApiConfig({ ...GIVEN, TRUNKS, TRUNKLINE_ACCOUNT_SID: SID, TRUNKLINE_AUTH_TOKEN: 'some-token' })
      .TRUNKS;

  test('are SIP URIs with commas between, in their order', () => {
    expect(read('')).toEqual([]);
    const trunks = read(
      'sip:u:p%2C1@a.example:5061;transport=TLS, sips:b.example,sip:[2001:DB8::1]:5062;lr, sip:192.0.2.1',
    );
    expect(trunks).toEqual([
      {
        host: 'a.example',
        port: 5061,
        transport: 'tls',
        credentials: { username: 'u', password: 'p,1' },
        isUri: true,
      },
      { host: 'b.example', port: null, transport: 'tls', credentials: null, isUri: true },
      { host: '2001:db8::1', port: 5062, transport: null, credentials: null, isUri: true },
      {
        host: '192.0.2.1',
        port: null,
        transport: null,
        credentials: null,
        isUri: true,
      },
    ]);
  });

  test.each([
    ['sip:a.example,carrier.example', 'trunk 2 must be a SIP URI'],
    ['sip:u:hunter2@a.example;transport=ws', 'trunk 1 may have the parameter transport only'],
    ['sip:u:hunter2@@a.example', 'trunk 1 must be a host name'],
    ['sip:u:hunter2%zz@a.example', 'trunk 1 has a user or a password that'],
    ['sip:a.example,sip:user@a.example', 'trunk 2 has a user without a password'],
    ['sip:u:hunter2@224.0.0.1', 'trunk 1 cannot be a multicast address'],
    ['sip:a.example:70000', 'trunk 1 has a port that is none'],
    ['tel:+1555', 'trunk 1 must be a host name'],
  ])('%s is refused without being shown', (trunks, complaint) => {
    expect(() => read(trunks)).toThrow(`TRUNKS  ${complaint}`);
    expect(() => read(trunks)).not.toThrow('hunter2');
  });

  test('need the account whose they are', () => {
    expect(() => readApiConfig({ ...GIVEN, TRUNKS: 'sip:a.example' })).toThrow(
      'TRUNKS  is set, but TRUNKLINE_ACCOUNT_SID is not',
    );
  });
});

test('the README lists every variable, and no other', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const [, running = ''] = readme.split('## Running it\n');
  const rows = running.split('\n').filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) => row.split('|')[1]?.match(/[A-Z][A-Z_]+/g) ?? []);
  const { firstAccount: _, ...variables } = readApiConfig(GIVEN);
  expect(listed.sort()).toEqual(Object.keys(variables).sort());
});
