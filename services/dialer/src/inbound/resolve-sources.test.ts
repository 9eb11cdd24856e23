import { plainTrunk } from '@trunkline/contracts/testing';
import type { ResolveRequest } from '@trunkline/sip';
import { expect, test } from 'vitest';
import { resolveSources } from './resolve-sources.js';

const addresses: Record<string, string> = { 'sip.test': '192.0.2.1', 'proxy.test': '192.0.2.2' };
const resolver = {
  resolve: async ({ host }: ResolveRequest) => {
    const found = addresses[host];
    if (found === undefined) throw new Error(`no ${host}`);
    return [{ host: found, port: 5060 }];
  },
};
const hostsOf = async (changes: Parameters<typeof plainTrunk>[0]) =>
  (await resolveSources(plainTrunk(changes), { resolver })).map(({ host }) => host);

test('a trunk calls from its host, and from the proxy before it', async () => {
  expect(await hostsOf({ host: 'sip.test' })).toEqual(['192.0.2.1']);
  const outboundProxy = 'sip:proxy.test;lr';
  expect(await hostsOf({ host: 'sip.test', outboundProxy })).toEqual(['192.0.2.2', '192.0.2.1']);
  expect(await hostsOf({ host: 'domain.test', outboundProxy })).toEqual(['192.0.2.2']);
  await expect(hostsOf({ host: 'domain.test', outboundProxy: 'sip:no.test' })).rejects.toThrow('no no.test');
});
