import type { DirectoryAccount } from '@trunkline/contracts';
import { plainTrunk } from '@trunkline/contracts/testing';
import { expect, test } from 'vitest';
import { ForbiddenTargetError } from '../errors.js';
import { createTrunkReach } from './trunk-reach.js';
import { resolveTrunk } from './trunk-targets.js';

const accounts: Record<string, string | null> = { operator: null, customer: 'operator' };
const directory = {
  account: (sid: string) =>
    sid in accounts ? ({ parentSid: accounts[sid] } as unknown as DirectoryAccount) : null,
};
const resolve = (accountSid: string, hosts: string[], allowPrivate = false) =>
  resolveTrunk(plainTrunk({ accountSid, host: 'sip.test' }), {
    resolver: { resolve: async () => hosts.map((host) => ({ host, port: 5060 })) },
    complainOf: createTrunkReach({ directory, allowPrivate }),
  });

test.each(['127.0.0.1', '10.0.0.7', '::1', '169.254.169.254', '::ffff:192.168.0.1'])(
  "a customer's trunk is not sent to %s, the operator's is",
  async (host) => {
    await expect(resolve('customer', [host])).rejects.toThrow(ForbiddenTargetError);
    await expect(resolve('unknown', [host])).rejects.toThrow(/^sip.test has no address that is allowed: /);
    expect(await resolve('operator', [host])).toEqual([{ host, port: 5060 }]);
    expect(await resolve('customer', [host], true)).toEqual([{ host, port: 5060 }]);
  },
);

test('of several addresses those that are allowed are left', async () => {
  expect(await resolve('customer', ['10.0.0.7', '8.8.8.8'])).toEqual([{ host: '8.8.8.8', port: 5060 }]);
});
