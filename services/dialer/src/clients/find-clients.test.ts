import { type DirectoryAccount, mintSid } from '@trunkline/contracts';
import { plainClient } from '@trunkline/contracts/testing';
import { expect, test } from 'vitest';
import { findClients } from './find-clients.js';

const [one, other] = [mintSid('AC'), mintSid('AC')];
const closed = mintSid('AC');
const clients = [
  plainClient({ accountSid: one, login: 'alice', dateCreated: '2026-11-24T10:00:01.000Z' }),
  plainClient({ accountSid: other, login: 'alice' }),
  plainClient({ accountSid: closed, login: 'alice' }),
  plainClient({ accountSid: other, login: 'bob', enabled: false }),
  plainClient({ accountSid: one, login: 'bob' }),
  plainClient({ accountSid: closed, login: 'old' }),
  ...Array.from({ length: 20 }, (_, n) =>
    plainClient({
      accountSid: one,
      login: 'many',
      friendlyName: String(n),
      dateCreated: `2026-11-24T10:00:${59 - n}.000Z`,
    }),
  ),
];
const directory = {
  account: (sid: string) =>
    ({ sid, parentSid: null, status: sid === closed ? 'closed' : 'active' }) as DirectoryAccount,
  clientOf: (accountSid: string, login: string) =>
    clients.find((client) => client.accountSid === accountSid && client.login === login) ?? null,
  clientsByLogin: (login: string) => clients.filter((client) => client.login === login),
};

test.each([
  ['<sip:bob@trunkline.test>;tag=1', 'bob'],
  ['"Bob" <sips:bob@10.0.0.1:5061;transport=tls>', 'bob'],
  ['sip:b%6Fb@[2001:db8::1]', 'bob'],
  [`<sip:alice@${other}.trunkline.test>`, 'alice'],
  [`<sip:bob@${one.toUpperCase()}.x>`, 'bob'],
  ['<sip:old@x>', 'old'],
])('%s is a client of ours', (address, login) => {
  expect(findClients(address, directory)).toMatchObject([{ login }]);
});

test.each([
  '',
  'nonsense',
  '<sip:trunkline.test>',
  '<tel:+1555>',
  '<sip:carol@x>',
  `<sip:old@${other}.x>`,
  '<sip:Bob@x>',
])('%j is nobody', (address) => expect(findClients(address, directory)).toEqual([]));

test('a login of several accounts may be any that could sign in, the oldest first', () => {
  expect(findClients('<sip:alice@x>', directory).map(({ accountSid }) => accountSid)).toEqual([other, one]);
});

test('of many only the oldest are asked, so that nobody shuts them out', () => {
  const names = findClients('<sip:many@x>', directory).map(({ friendlyName }) => friendlyName);
  expect(names).toHaveLength(16);
  expect([names[0], names[15]]).toEqual(['19', '4']);
});
