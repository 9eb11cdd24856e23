import { mintSid } from '@trunkline/contracts';
import { plainClient } from '@trunkline/contracts/testing';
import { expect, test } from 'vitest';
import { findClient } from './find-client.js';

const [one, other] = [mintSid('AC'), mintSid('AC')];
const clients = [
  plainClient({ accountSid: one, login: 'alice' }),
  plainClient({ accountSid: other, login: 'alice' }),
  plainClient({ accountSid: one, login: 'bob' }),
];
const directory = {
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
])('%s is a client of ours', (address, login) => {
  expect(findClient(address, directory)).toMatchObject({ kind: 'one', client: { login } });
});

test.each([
  '',
  'nonsense',
  '<sip:trunkline.test>',
  '<tel:+1555>',
  '<sip:carol@x>',
  `<sip:bob@${other}.x>`,
  '<sip:Bob@x>',
])('%j is nobody', (address) => expect(findClient(address, directory)).toEqual({ kind: 'none' }));

test('a login of two accounts stands for neither', () => {
  expect(findClient('<sip:alice@x>', directory)).toEqual({ kind: 'ambiguous', login: 'alice' });
});
