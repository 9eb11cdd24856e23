import { expect, test } from 'vitest';
import { loadConfig } from './config.js';
import { choosePublicAddress } from './public-address.js';

const LEAST = {
  NATS_URL: 'nats://127.0.0.1:4222',
  REDIS_URL: 'redis://127.0.0.1:6379',
  SIP_BIND: '127.0.0.1',
};

test('brokers are enough', () => {
  const config = loadConfig(LEAST);
  expect(config).toMatchObject({
    SIP_PORT: 5060,
    publicAddress: '127.0.0.1',
    RTP_PORTS: { from: 20_000, to: 29_999 },
    MAX_CALLS: 200,
    JOB_MAX_AGE: 3_600_000,
    MARKUP_ALLOW_PRIVATE: false,
  });
});

test('every life of a dialer has a name of its own that begins with DIALER_ID', () => {
  const one = loadConfig({ ...LEAST, DIALER_ID: 'dialer-0' }).dialerId;
  expect(one).toMatch(/^dialer-0-[0-9a-f]{8}$/);
  expect(loadConfig({ ...LEAST, DIALER_ID: 'dialer-0' }).dialerId).not.toBe(one);
  expect(loadConfig(LEAST).dialerId).toMatch(/^[A-Za-z0-9_-]+-5060-[0-9a-f]{8}$/);
});

test('all faults are told at once, and no secret with them', () => {
  const broken = {
    NATS_URL: 'http://x',
    SIP_TLS_KEY: '/keys/hush.pem',
    SIP_TCP_PORT: '65536',
    DNS_SERVERS: 'dns.example',
    SIP_BIND: 'localhost',
    SIP_PUBLIC_ADDRESS: 'sip.example.com',
    DIALER_ID: 'a.b',
    MAX_CALLS: '0',
    JOB_MAX_AGE: '21601',
  };
  let told = '';
  try {
    loadConfig(broken);
  } catch (error) {
    told = (error as Error).message;
  }
  const { SIP_TLS_KEY: _, ...faulty } = broken;
  for (const name of [...Object.keys(faulty), 'REDIS_URL', 'SIP_TLS_CERT']) expect(told).toContain(name);
  expect(told).not.toContain('hush');
});

const address = (text: string, internal = false, family: 'IPv4' | 'IPv6' = 'IPv4') =>
  ({ address: text, internal, family, netmask: '', mac: '', cidr: null, scopeid: 0 }) as never;

test('the public address is the one given, or the one bound to, or the first that is not loopback', () => {
  const interfaces = {
    lo: [address('127.0.0.1', true)],
    eth0: [address('fe80::1', false, 'IPv6'), address('192.0.2.7')],
  };
  expect(choosePublicAddress('198.51.100.1', '0.0.0.0', interfaces)).toBe('198.51.100.1');
  expect(choosePublicAddress(undefined, '192.0.2.8', interfaces)).toBe('192.0.2.8');
  expect(choosePublicAddress(undefined, '0.0.0.0', interfaces)).toBe('192.0.2.7');
  const both = { eth0: [address('fe80::1', false, 'IPv6'), address('2001:db8::7', false, 'IPv6')] };
  expect(choosePublicAddress(undefined, '::', both)).toBe('2001:db8::7');
  expect(() => choosePublicAddress('192.0.2.1', '::', both)).toThrow('one version');
  expect(() => choosePublicAddress(undefined, '0.0.0.0', { lo: [address('127.0.0.1', true)] })).toThrow(
    'is not set, and this machine has no IPv4 address',
  );
});

test('a public address that does not fit is told together with every other fault', () => {
  const broken = { ...LEAST, SIP_BIND: '::1', SIP_PUBLIC_ADDRESS: '192.0.2.1', MAX_CALLS: '0' };
  expect(() => loadConfig(broken)).toThrow(
    /SIP_PUBLIC_ADDRESS +is IPv4, and SIP_BIND is IPv6.*MAX_CALLS +must be/s,
  );
});

test.each([
  [{}, 5060, null],
  [{ SIP_PORT: '5070', ...tls() }, 5070, 5071],
  [{ SIP_TCP_PORT: '0', SIP_TLS_PORT: '0', ...tls() }, null, null],
  [{ SIP_TCP_PORT: '6000', SIP_TLS_PORT: '6001', ...tls() }, 6000, 6001],
  [{ SIP_TLS_PORT: '6001' }, 5060, null],
])('with %o TCP is on %s and TLS on %s', (changes, tcpPort, tlsPort) => {
  expect(loadConfig({ ...LEAST, ...changes })).toMatchObject({ tcpPort, tlsPort });
});

function tls() {
  return { SIP_TLS_KEY: '/keys/key.pem', SIP_TLS_CERT: '/keys/cert.pem' };
}

test('servers for DNS are addresses, of either version and with a port or without', () => {
  const DNS_SERVERS = '192.0.2.53, 192.0.2.54:5353, 2001:db8::53, [2001:db8::54]:5353';
  expect(loadConfig({ ...LEAST, DNS_SERVERS }).DNS_SERVERS).toEqual(DNS_SERVERS.split(', '));
});
