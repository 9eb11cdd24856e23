import { Resolver } from 'node:dns';
import { afterEach, expect, test } from 'vitest';
import { createHostResolver, type HostAddress, type HostResolver } from './resolve-host.js';
import { type NameRecord, type NameServer, startNameServer } from './testing/name-server.js';

let server: NameServer | undefined;
let resolver: Resolver | undefined;

afterEach(() => {
  resolver?.cancel();
  server?.close();
  resolver = undefined;
  server = undefined;
});

/** A resolver that asks a name server of ours, with so much patience that a test which waits it out fails. */
async function resolverOver(records: Record<string, NameRecord>, systemLookup: HostResolver = unknownName) {
  server = await startNameServer(records);
  resolver = new Resolver({ timeout: 20_000, tries: 1 });
  resolver.setServers([server.address]);
  return createHostResolver({ resolver, systemLookup });
}

const unknownName: HostResolver = async (host) => {
  throw Object.assign(new Error(`the system does not know ${host}`), { code: 'ENOTFOUND' });
};
const V4: HostAddress = { address: '192.0.2.1', family: 4 };
const V6: HostAddress = { address: '2001:db8::1', family: 6 };

test('a name in DNS is found in both families, IPv4 first', async () => {
  const resolve = await resolverOver({
    'both.example': { A: ['192.0.2.1', '192.0.2.2'], AAAA: ['2001:db8::1'] },
  });
  expect(await resolve('both.example')).toEqual([V4, { address: '192.0.2.2', family: 4 }, V6]);
  expect(server?.questions.toSorted()).toEqual(['A both.example', 'AAAA both.example']);
});

test('one family is enough', async () => {
  const resolve = await resolverOver({
    'four.example': { A: ['192.0.2.1'] },
    'six.example': { AAAA: ['2001:db8::1'] },
  });
  expect(await resolve('four.example')).toEqual([V4]);
  expect(await resolve('six.example')).toEqual([V6]);
});

test('a name server that is silent about one family is not waited for', async () => {
  const resolve = await resolverOver({
    'four.example': { A: ['192.0.2.1'], AAAA: 'silent' },
    'six.example': { A: 'silent', AAAA: ['2001:db8::1'] },
  });
  expect(await Promise.all([resolve('four.example'), resolve('six.example')])).toEqual([[V4], [V6]]);
});

test('what DNS does not know may be in the hosts file; what neither knows is an error', async () => {
  const inHostsFile: HostResolver = (host) =>
    host === 'local.example' ? Promise.resolve([V4]) : unknownName(host);
  const resolve = await resolverOver({ 'empty.example': {} }, inHostsFile);
  expect(await resolve('local.example')).toEqual([V4]);
  await expect(resolve('gone.example')).rejects.toThrow('does not know gone.example');
  await expect(resolve('empty.example')).rejects.toThrow('does not know empty.example');
});

test('a name without a dot is not asked of DNS', async () => {
  const resolve = await resolverOver({ web: { A: ['203.0.113.1'] } }, async () => [V4]);
  expect(await resolve('web')).toEqual([V4]);
  expect(server?.questions).toEqual([]);
});

test('however many names the system is slow about, two are under way, and the line has an end', async () => {
  const underWay: string[] = [];
  const answer: (() => void)[] = [];
  const resolve = createHostResolver({
    systemLookup: (host) => {
      underWay.push(host);
      return new Promise((done) => answer.push(() => done([V4])));
    },
  });
  const asked = Array.from({ length: 259 }, (_, n) => resolve(`slow${n}`));
  await expect(asked.at(-1)).rejects.toMatchObject({ name: 'WebhookError', retryable: true });
  expect(underWay).toEqual(['slow0', 'slow1']);
  answer[0]?.();
  expect(await asked[0]).toEqual([V4]);
  expect(underWay).toEqual(['slow0', 'slow1', 'slow2']);
});

test('a name of the hosts file is found, with the family of each address', async () => {
  const found = await createHostResolver()('localhost');
  expect(found.length).toBeGreaterThan(0);
  for (const { address, family } of found) {
    expect(['127.0.0.1', '::1']).toContain(address);
    expect(family).toBe(address.includes(':') ? 6 : 4);
  }
});

test('many who ask at once share one question, and the next asks anew', async () => {
  const resolve = await resolverOver({ 'one.example': { A: ['192.0.2.1'], AAAA: [] } });
  const [first, second] = [resolve('one.example'), resolve('one.example')];
  expect(second).toBe(first);
  await first;
  await new Promise((done) => setImmediate(done));
  await resolve('one.example');
  expect(server?.questions.filter((one) => one === 'A one.example')).toHaveLength(2);
});
