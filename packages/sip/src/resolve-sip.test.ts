import { afterEach, expect, test } from 'vitest';
import { systemClock } from './clock.js';
import { type SipDns, systemDns } from './resolve-dns.js';
import { createSipResolver, type ResolveRequest, type SipResolverOptions } from './resolve-sip.js';
import { type DnsServer, startDnsServer, type Zone } from './testing/dns-server.js';
import { createVirtualClock } from './testing/virtual-clock.js';
import type { SipAddress } from './transport.js';

const servers: DnsServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A resolver that asks a real DNS server; the machine's own hosts file is left out. */
async function setUp(zone: Zone, options: Partial<SipResolverOptions> = {}) {
  const server = await startDnsServer(zone);
  servers.push(server);
  const clock = createVirtualClock();
  const dns: SipDns = {
    ...systemDns({ servers: [server.address], timeoutMs: 200 }),
    lookup: () => Promise.reject(new Error('not in the hosts file')),
  };
  const resolver = createSipResolver({
    clock,
    dns,
    protocols: ['UDP', 'TCP', 'TLS'],
    random: () => 0,
    ...options,
  });
  const resolve = async (what: Partial<ResolveRequest> & { host: string }): Promise<string[]> =>
    (await resolver.resolve({ port: null, transport: null, ...what })).map(show);
  return { server, clock, resolve };
}

function show({ host, port, protocol, serverName }: SipAddress): string {
  return `${protocol} ${host}:${port}${serverName === undefined ? '' : ` as ${serverName}`}`;
}

const CARRIER: Zone = {
  'example.com': [
    'A 60 192.0.2.99',
    'NAPTR 60 20 10 s SIP+D2U _sip._udp.example.com',
    'NAPTR 60 10 10 s SIPS+D2T _sips._tcp.example.com',
    'NAPTR 60 20 5 S sip+d2t _sip._tcp.example.com',
    'NAPTR 60 5 5 u E2U+sip _enum.example.com',
  ],
  '_sip._udp.example.com': ['SRV 60 10 0 5070 a.example.com', 'SRV 60 20 0 5071 b.example.com'],
  '_sip._tcp.example.com': ['SRV 60 10 0 5060 b.example.com'],
  '_sips._tcp.example.com': ['SRV 60 10 0 5061 a.example.com'],
  'a.example.com': ['A 60 192.0.2.1', 'A 60 192.0.2.2', 'AAAA 60 2001:db8:0:0:0:0:0:1'],
  'b.example.com': ['A 60 192.0.2.3'],
};

test('NAPTR says by what, SRV where: all in the order in which to try', async () => {
  const { resolve } = await setUp(CARRIER);
  expect(await resolve({ host: 'example.com' })).toEqual([
    'TLS 192.0.2.1:5061 as example.com',
    'TLS 192.0.2.2:5061 as example.com',
    'TCP 192.0.2.3:5060',
    'UDP 192.0.2.1:5070',
    'UDP 192.0.2.2:5070',
    'UDP 192.0.2.3:5071',
  ]);
});

test.each<[string, Partial<ResolveRequest> & { host: string }, string[], string[]]>([
  [
    'a transport is told: SRV of that alone',
    { host: 'example.com', transport: 'udp' },
    ['UDP 192.0.2.1:5070', 'UDP 192.0.2.2:5070', 'UDP 192.0.2.3:5071'],
    ['SRV _sip._udp.example.com', 'A a.example.com', 'A b.example.com'],
  ],
  ['a port is told: no SRV', { host: 'example.com', port: 5080 }, ['UDP 192.0.2.99:5080'], ['A example.com']],
  [
    'port and transport are told',
    { host: 'example.com', port: 5080, transport: 'tls' },
    ['TLS 192.0.2.99:5080 as example.com'],
    ['A example.com'],
  ],
  ['sips: only TLS', { host: 'b.example.com', secure: true }, ['TLS 192.0.2.3:5061 as b.example.com'], []],
  [
    'sips over tcp is TLS',
    { host: 'b.example.com', secure: true, transport: 'tcp', port: 1 },
    ['TLS 192.0.2.3:1 as b.example.com'],
    [],
  ],
  ['no SRV: the usual port', { host: 'b.example.com', transport: 'tcp' }, ['TCP 192.0.2.3:5060'], []],
  ['nothing but an address record', { host: 'b.example.com' }, ['UDP 192.0.2.3:5060'], []],
  ['an address: nothing is asked', { host: '192.0.2.7' }, ['UDP 192.0.2.7:5060'], []],
  ['an address for sips', { host: '192.0.2.7', secure: true }, ['TLS 192.0.2.7:5061 as 192.0.2.7'], []],
])('%s', async (_, what, expected, asked) => {
  const { resolve, server } = await setUp(CARRIER);
  expect(await resolve(what)).toEqual(expected);
  if (asked.length > 0) expect(server.asked).toEqual(asked);
});

test('an address of the IP version that is not spoken is refused by that name', async () => {
  const { resolve: over4 } = await setUp(CARRIER);
  await expect(over4({ host: '[2001:db8::7]', port: 5070 })).rejects.toThrow(
    '2001:db8::7 is no IPv4 address, and SIP is sent over IPv4 here',
  );
  const { resolve: over6 } = await setUp(CARRIER, { family: 6 });
  expect(await over6({ host: '[2001:db8::7]', port: 5070 })).toEqual(['UDP 2001:db8::7:5070']);
  await expect(over6({ host: '192.0.2.7' })).rejects.toThrow('192.0.2.7 is no IPv6 address');
});

test('without NAPTR the services of what we speak are tried, the liked first', async () => {
  const { 'example.com': _, ...zone } = CARRIER;
  const { resolve } = await setUp(
    { ...zone, 'example.com': ['A 60 192.0.2.99'] },
    { protocols: ['TCP', 'UDP'] },
  );
  expect((await resolve({ host: 'example.com' }))[0]).toBe('TCP 192.0.2.3:5060');
});

test('what we do not speak is left out', async () => {
  const { resolve } = await setUp(CARRIER, { protocols: ['UDP'] });
  expect(await resolve({ host: 'example.com' })).toEqual([
    'UDP 192.0.2.1:5070',
    'UDP 192.0.2.2:5070',
    'UDP 192.0.2.3:5071',
  ]);
  await expect(resolve({ host: 'example.com', transport: 'tls' })).rejects.toMatchObject({
    name: 'ResolveError',
    retryable: true,
  });
});

test.each([
  [6, ['UDP 2001:db8::1:5080']],
  ['any', ['UDP 192.0.2.1:5080', 'UDP 192.0.2.2:5080', 'UDP 2001:db8::1:5080']],
] as const)('addresses of family %s', async (family, expected) => {
  const { resolve } = await setUp(CARRIER, { family });
  expect(await resolve({ host: 'a.example.com', port: 5080 })).toEqual(expected);
});

test('a service that is said not to be offered is not used', async () => {
  const zone = { 'x.example.com': ['A 60 192.0.2.1'], '_sip._udp.x.example.com': ['SRV 60 0 0 0 .'] };
  const { resolve } = await setUp(zone);
  expect(await resolve({ host: 'x.example.com', transport: 'udp' })).toEqual(['UDP 192.0.2.1:5060']);
});

test('a name that does not exist is an error', async () => {
  const { resolve } = await setUp({});
  await expect(resolve({ host: 'nowhere.example.com' })).rejects.toThrow('nowhere.example.com');
});

test('many who ask at once ask DNS once, and later ones the memory as long as the TTL says', async () => {
  const { resolve, server, clock } = await setUp(CARRIER);
  const what = { host: 'b.example.com', port: 5060 };
  await Promise.all(Array.from({ length: 50 }, () => resolve(what)));
  clock.advance(59_000);
  await resolve(what);
  expect(server.asked).toEqual(['A b.example.com']);
  server.zone = { 'b.example.com': ['A 5 192.0.2.33'] };
  clock.advance(2000);
  expect(await resolve(what)).toEqual(['UDP 192.0.2.33:5060']);
  clock.advance(6000);
  await resolve(what);
  expect(server.asked).toHaveLength(3);
});

test('when DNS fails, what was good before goes on', async () => {
  const { resolve, server, clock } = await setUp(CARRIER);
  const before = await resolve({ host: 'example.com', transport: 'udp' });
  server.isSilent = true;
  clock.advance(3_600_000);
  expect(await resolve({ host: 'example.com', transport: 'udp' })).toEqual(before);
  const { length } = server.asked;
  await resolve({ host: 'example.com', transport: 'udp' });
  expect(server.asked).toHaveLength(length);
});

test('DNS that never answers is given up at the deadline', async () => {
  const clock = createVirtualClock();
  const never = (): Promise<never> => new Promise(() => {});
  const dns: SipDns = {
    resolveNaptr: never,
    resolveSrv: never,
    resolve4: never,
    resolve6: never,
    lookup: never,
  };
  const resolver = createSipResolver({ clock, dns, protocols: ['UDP'], deadlineMs: 2000 });
  const resolved = resolver.resolve({ host: 'example.com', port: 5060, transport: null });
  clock.advance(2000);
  await expect(resolved).rejects.toThrow('example.com');
  expect(clock.pending()).toBe(0);
});

test.each([
  ['simulator', []],
  ['host.example.com', ['A host.example.com']],
])('%s, which only the machine knows, is found as well', async (host, asked) => {
  const server = await startDnsServer({});
  servers.push(server);
  const dns = { ...systemDns({ servers: [server.address] }), lookup: async () => ['127.0.0.9'] };
  const resolver = createSipResolver({ clock: systemClock, dns, protocols: ['UDP'] });
  const found = await resolver.resolve({ host, port: host === 'simulator' ? null : 5060, transport: null });
  expect(found.map(show)).toEqual(['UDP 127.0.0.9:5060']);
  expect(server.asked).toEqual(asked);
});

test("the machine's own hosts file is read", async () => {
  const resolver = createSipResolver({ clock: systemClock, protocols: ['TCP'] });
  const found = await resolver.resolve({ host: 'localhost', port: 5060, transport: 'tcp' });
  expect(found.map(show)).toEqual(['TCP 127.0.0.1:5060']);
});
