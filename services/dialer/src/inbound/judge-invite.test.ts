import type { DirectoryAccount, PhoneNumber } from '@trunkline/contracts';
import { plainClient, plainNumber, plainTrunk } from '@trunkline/contracts/testing';
import { expect, test } from 'vitest';
import type { CallerPeer } from './caller-peer.js';
import { judgeInvite } from './judge-invite.js';

const trunk = plainTrunk();
const number = plainNumber({ accountSid: trunk.accountSid });
const TRUNK: CallerPeer = { kind: 'trunk', trunks: [plainTrunk({ name: 'another' }), trunk] };

function directoryOf(status: DirectoryAccount['status'] = 'active', known: PhoneNumber = number) {
  return {
    numberOf: (written: string) =>
      written.replace('+', '') === known.phoneNumber.replace('+', '') ? known : null,
    account: () => ({ status }) as DirectoryAccount,
  };
}

test.each([
  ['+15551230001', ''],
  ['15551230001', ''],
  ['+1-555-123-0001', ''],
  ['+1(555)123.0001', ''],
  ['+15551230001;npdi;rn=+15550000000', ''],
  ['our-login', '+15551230001'],
  ['', '15551230001'],
])('the number is found in the Request-URI or the To: %j %j', (requestUser, toUser) => {
  const judgement = judgeInvite(TRUNK, { requestUser, toUser }, directoryOf());
  expect(judgement).toMatchObject({
    kind: 'take',
    destination: { to: '+15551230001', phoneNumberSid: number.sid, accountSid: number.accountSid, trunk },
  });
});

test.each([
  ['', ''],
  ['15551239999', '15551239998'],
  ['1555123000১', ''],
  ['15551230001@x', ''],
  ['1'.repeat(400), ''],
])('what is no number of ours is not found: %j %j', (requestUser, toUser) => {
  const judgement = judgeInvite(TRUNK, { requestUser, toUser }, directoryOf());
  expect(judgement).toMatchObject({ kind: 'refuse', because: 'unknown-number', refusal: { status: 404 } });
});

/** Grandchild below child below root; a stranger beside them. */
const family = (() => {
  const parents: Record<string, string | null> = {
    root: null,
    child: 'root',
    grandchild: 'child',
    stranger: 'root',
  };
  return (sid: string) => ({ status: 'active', parentSid: parents[sid] ?? null }) as DirectoryAccount;
})();

test.each([
  [['root'], 'child', 'root'],
  [['root', 'child', 'grandchild'], 'child', 'child'],
  [['root', 'child'], 'grandchild', 'child'],
  [['stranger', 'root'], 'grandchild', 'root'],
  [['grandchild', 'stranger'], 'child', null],
  [['stranger'], 'grandchild', null],
])('trunks of %j bring calls for %s: over that of %s', (owners, owner, expected) => {
  const trunks = owners.map((accountSid) => plainTrunk({ accountSid }));
  const ofOwner = plainNumber({ accountSid: owner });
  const directory = { ...directoryOf('active', ofOwner), account: family };
  const called = { requestUser: ofOwner.phoneNumber, toUser: '' };
  const judgement = judgeInvite({ kind: 'trunk', trunks }, called, directory);
  if (expected === null) {
    expect(judgement).toMatchObject({ because: 'foreign-trunk', refusal: { status: 404 } });
    return;
  }
  expect(judgement).toMatchObject({ kind: 'take', destination: { trunk: { accountSid: expected } } });
});

test.each(['suspended', 'closed'] as const)('a number of an account that is %s is not found', (status) => {
  const called = { requestUser: '+15551230001', toUser: '' };
  const judgement = judgeInvite(TRUNK, called, directoryOf(status));
  expect(judgement).toMatchObject({ because: 'inactive-account', refusal: { status: 404 } });
});

test('an account is active when all above it are', () => {
  const { numberOf } = directoryOf();
  const account = (sid: string) =>
    ({
      status: sid === number.accountSid ? 'active' : 'suspended',
      parentSid: sid === number.accountSid ? 'parent' : null,
    }) as DirectoryAccount;
  const called = { requestUser: '+15551230001', toUser: '' };
  expect(judgeInvite(TRUNK, called, { numberOf, account })).toMatchObject({ because: 'inactive-account' });
});

test.each([null, ''])('a number without a VoiceUrl (%j) is not available just now', (url) => {
  const silent = { ...number, voice: { ...number.voice, url } };
  const called = { requestUser: '+15551230001', toUser: '' };
  const judgement = judgeInvite(TRUNK, called, directoryOf('active', silent));
  expect(judgement).toMatchObject({ because: 'no-voice-url', refusal: { status: 480 } });
});

const alice = plainClient();
const asAlice = (changes: Partial<typeof alice> = {}): CallerPeer => ({
  kind: 'client',
  client: { ...alice, ...changes },
});

test('a client calls through its own VoiceUrl, whatever it dials', () => {
  const judgement = judgeInvite(asAlice(), { requestUser: 'bob', toUser: '' }, directoryOf());
  expect(judgement).toMatchObject({
    kind: 'take',
    destination: { to: 'bob', phoneNumberSid: null, trunk: null, voice: { url: alice.voice.url } },
  });
});

test('what a client dials is cleaned of what no record takes', () => {
  const called = { requestUser: 'b\0o\r\nb', toUser: '' };
  expect(judgeInvite(asAlice(), called, directoryOf())).toMatchObject({ destination: { to: 'b o b' } });
  const nothing = { requestUser: '\0', toUser: '' };
  expect(judgeInvite(asAlice(), nothing, directoryOf())).toMatchObject({ refusal: { status: 484 } });
});

test.each<[Partial<typeof alice>, DirectoryAccount['status'], string, RegExp]>([
  [{ enabled: false }, 'active', 'disabled-client', /switched off/],
  [{}, 'suspended', 'inactive-account', /not active/],
  [{ voice: { ...alice.voice, url: null } }, 'active', 'no-voice-url', /no VoiceUrl/],
])('a client is told why it may not call: %o, account %s', (changes, status, because, warning) => {
  const judgement = judgeInvite(asAlice(changes), { requestUser: 'bob', toUser: '' }, directoryOf(status));
  expect(judgement).toMatchObject({ because, refusal: { status: 403 } });
  expect((judgement as { refusal: { warning: string } }).refusal.warning).toMatch(warning);
});
